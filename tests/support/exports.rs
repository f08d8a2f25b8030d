//! The names of the public types, read from the sources that export them, so that a new one cannot be forgotten.

/// The crate's root and each public module.
const EXPORTS: [(&str, &str); 15] = [
    ("lib", include_str!("../../src/lib.rs")),
    ("answer", include_str!("../../src/provider/answer/mod.rs")),
    ("client", include_str!("../../src/client/mod.rs")),
    ("codes", include_str!("../../src/provider/codes.rs")),
    ("contract", include_str!("../../src/contract/mod.rs")),
    ("jumdata", include_str!("../../src/provider/jumdata/mod.rs")),
    ("keeper", include_str!("../../src/keeper/mod.rs")),
    ("mock", include_str!("../../src/mock.rs")),
    ("money", include_str!("../../src/money/mod.rs")),
    ("observe", include_str!("../../src/observe/mod.rs")),
    ("photo", include_str!("../../src/photo/mod.rs")),
    ("record", include_str!("../../src/record/mod.rs")),
    ("rules", include_str!("../../src/money/journal/rules.rs")),
    ("sandbox", include_str!("../../src/sandbox/mod.rs")),
    ("tencent_market", include_str!("../../src/provider/tencent_market/mod.rs")),
];

/// Every public type and trait, by its bare name.
pub fn public_types() -> Vec<&'static str> {
    let modules = [EXPORTS[0].1, include_str!("../../src/provider/mod.rs")];
    for module in modules.iter().flat_map(|text| text.split("\npub mod ").skip(1)) {
        let name = module.split([';', ' ']).next().unwrap();
        assert!(EXPORTS.iter().any(|(known, _)| *known == name), "{name} is public and its exports are not read here");
    }
    let exported = EXPORTS
        .iter()
        .flat_map(|(_, text)| text.split("\npub use ").skip(1))
        .map(|rest| rest.split(';').next().unwrap())
        .flat_map(|export| export.split(|c: char| !c.is_ascii_alphanumeric() && c != '_'));
    // The last are those of the mocks' macro.
    let own =
        ["\npub struct ", "\npub enum ", "\npub trait ", "\npub type ", "\n    pub "].into_iter().flat_map(|item| {
            EXPORTS
                .iter()
                .flat_map(move |(_, text)| text.split(item).skip(1))
                .filter_map(|rest| rest.split(['(', ' ', '<', ';', ':']).next())
        });
    let mut names: Vec<_> = exported
        .chain(own)
        .filter(|word| {
            word.starts_with(|c: char| c.is_ascii_uppercase()) && word.contains(|c: char| c.is_ascii_lowercase())
        })
        .collect();
    names.sort_unstable();
    names.dedup();
    assert!(names.len() > 80, "{names:?}");
    names
}
