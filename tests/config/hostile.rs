//! No input makes it panic, and no cut or changed file makes it show a key.

use liveness::Config;
use proptest::prelude::*;

const SECRET: &str = "s3cr3t-k3y-71935";

fn files() -> [String; 2] {
    [
        format!(
            "[[candidates]]\nvendor = \"jumdata\"\napp_id = \"{SECRET}\"\napp_secret = \"{SECRET}\"\n\
            [[candidates]]\nvendor = 'tencent-market'\nsecret_id = '''{SECRET}'''\nsecret_key = \"\"\"{SECRET}\"\"\"\n\
            [transport]\nproxy = \"http://u:{SECRET}@h\"\n"
        ),
        format!(
            "{{\"candidates\": [{{\"vendor\": \"jumdata\", \"app_id\": \"{SECRET}\", \"app_secret\": \"{SECRET}\"}}],\n \
            \"transport\": {{\"proxy\": \"http://u:{SECRET}@h\"}}}}"
        ),
    ]
}

/// What is said of a file, if it shows a half of the key.
fn told(text: &str) -> Option<String> {
    [Config::from_toml(text), Config::from_json(text)].into_iter().find_map(|result| {
        let said = match result {
            Ok(config) => format!("{config:?}"),
            Err(error) => format!("{error} {error:?} {:?}", error.record()),
        };
        (said.contains("s3cr3t") || said.contains("71935")).then_some(said)
    })
}

#[test]
fn a_file_that_is_cut_anywhere_shows_nothing() {
    for file in files() {
        Config::from_toml(&file).or_else(|_| Config::from_json(&file)).unwrap();
        for at in 0..file.len() {
            assert_eq!(told(&file[..at]), None, "cut at {at}");
        }
    }
}

#[test]
fn a_file_with_one_character_changed_shows_nothing() {
    for file in files() {
        for at in 0..file.len() {
            for with in ["", "\"", "'", "\\", "\n", "=", "[", "]", "{", "}", ",", "#", "7", ".", "\u{FEFF}", "\0", "张"]
            {
                let changed = format!("{}{with}{}", &file[..at], &file[at + 1..]);
                assert_eq!(told(&changed), None, "{with:?} at {at}:\n{changed}");
            }
        }
    }
}

proptest! {
    #[test]
    fn no_text_makes_it_panic(text in "\\PC*", lines in r#"([a-z\[\]{}="',.#\\ 0-9\n-]{0,12}\n){0,12}"#) {
        let _ = Config::from_toml(&text);
        let _ = Config::from_json(&text);
        let _ = Config::from_toml(&lines);
        let _ = Config::from_json(&lines);
    }

    #[test]
    fn no_variable_makes_it_panic(name in "(LIVENESS_|JUMDATA_|TENCENT_MARKET_)[A-Z0-9_]{0,30}", value in "\\PC*") {
        let _ = Config::from_vars([("LIVENESS_VENDOR".into(), "jumdata".into()), (name.into(), value.into())]);
    }
}
