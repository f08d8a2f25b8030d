use super::{
    keys::{KEYS, Kind, Vendors},
    *,
};

/// The keys that serde knows in the table at this path, from its error about an unknown key.
fn known(file: &str) -> Vec<&'static str> {
    let flaw = Config::deserialize(Reader::new(&toml::read(file).unwrap())).unwrap_err();
    flaw.known().unwrap_or_else(|| panic!("{file}: {flaw:?}")).to_vec()
}

fn rows(table: &str) -> Vec<String> {
    let mut rows = Vec::new();
    for key in KEYS {
        let Some(rest) = key.path.strip_prefix(table) else { continue };
        let name = rest.split('.').next().unwrap().to_owned();
        if key.kind == Kind::Secret && rest == name {
            rows.push(format!("{name}_file"));
        }
        rows.push(name);
    }
    rows
}

#[test]
fn the_table_of_keys_has_what_serde_reads_and_nothing_else() {
    for (table, file) in [
        ("", "x = 1"),
        ("candidates.", "[[candidates]]\nx = 1"),
        ("candidates.retry.", "[[candidates]]\nretry.x = 1"),
        ("candidates.photo.", "[[candidates]]\nphoto.x = 1"),
        ("retry.", "retry.x = 1"),
        ("transport.", "transport.x = 1"),
        ("failover.", "failover.x = 1"),
        ("failover.breaker.", "failover.breaker.x = 1"),
        ("caps.", "caps.x = 1"),
        ("journal.", "journal.x = 1"),
    ] {
        let sorted = |mut names: Vec<String>| {
            names.sort();
            names.dedup();
            names
        };
        let known = known(file).into_iter().filter(|name| *name != "$schema").map(str::to_owned).collect();
        assert_eq!(sorted(rows(table)), sorted(known), "{table}");
    }
}

#[test]
fn every_key_has_a_meaning_in_both_languages_and_one_name_of_its_own() {
    let mut names = Vec::new();
    for key in KEYS {
        assert!(!key.english.is_empty() && !key.chinese.is_empty(), "{key:?}");
        names.extend(key.short.map(str::to_owned));
        if !matches!(key.vendors, Vendors::One(_) | Vendors::Others) || key.name() != "endpoint" {
            names.extend(key.variable());
        }
    }
    let count = names.len();
    names.sort();
    names.dedup();
    assert_eq!(names.len(), count, "two keys have one variable");
    // A secret's file must not be another key's name.
    assert!(names.iter().all(|name| !name.ends_with("_FILE")));
}

#[test]
fn every_variable_is_read_as_its_own_key() {
    for key in KEYS.iter().filter(|key| key.kind != Kind::Secrets) {
        for name in key.short.map(str::to_owned).into_iter().chain(key.variable()) {
            let name = name.replace("<n>", "0");
            let file = "[[candidates]]\nvendor = \"jumdata\"\n[[candidates]]\nvendor = \"tencent-market\"\n";
            let mut tree = toml::read(file).unwrap();
            let laid = environment::lay_over(&mut tree, [(OsString::from(&name), OsString::from("jumdata"))]);
            if key.is_of_the_file_alone() {
                assert!(laid.is_err(), "{name}");
            } else if key.name() != "account" || key.short != Some(&name) {
                laid.unwrap_or_else(|flaw| panic!("{name}: {flaw:?}"));
                let mut places = Vec::new();
                tree.each("", &mut |path, place| places.push((path, place)));
                let found = places
                    .iter()
                    .any(|(path, place)| *place == Place::Variable(name.clone()) && path.ends_with(key.name()));
                assert!(found || key.is_the_vendor(), "{name}: {places:?}");
            }
        }
    }
}

#[test]
fn what_a_type_says_of_its_own_is_not_passed_on() {
    use serde::de::Error as _;

    let flaws = [
        Flaw::custom("s3cr3t"),
        Flaw::invalid_type(serde::de::Unexpected::Str("s3cr3t"), &"s3cr3t"),
        Flaw::invalid_value(serde::de::Unexpected::Str("s3cr3t"), &"s3cr3t"),
        Flaw::invalid_length(7, &"s3cr3t"),
        Flaw::unknown_variant("s3cr3t", &["a"]),
        Flaw::unknown_field("s3cr3t", &["a"]),
    ];
    for flaw in flaws {
        let text = format!("{flaw:?} {flaw} {:?}", flaw.clone().into_error());
        assert!(!text.contains("s3cr3t"), "{text}");
    }
}
