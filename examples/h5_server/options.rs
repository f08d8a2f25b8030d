//! The options of the command line.

use std::{
    env,
    ffi::OsString,
    net::{Ipv4Addr, SocketAddr},
    path::{Path, PathBuf},
};

use crate::address::PublicUrl;

const USAGE: &str = "\
h5_server: verifies a person in their browser: liveness by Jumdata's page, then the picture against name and ID number by Tencent
market's service.

  --port NUMBER        where to listen on this machine; defaults to 8080, and 0 takes a free one
  --public-url URL     where browsers reach it; defaults to http://127.0.0.1:PORT
  --state FOLDER       where visits are stored; defaults to liveness-h5-server in this user's state folder
  --sandbox URL        the sandbox to use without keys; defaults to http://127.0.0.1:8787, started if nothing runs there
  --begin-anew NUMBER  how many times a person may start again if the response to opening a camera check was lost. Each lost opening
                       may have been billed. Defaults to 2; with 0 the operator must settle each one with --settle
  --operator ADDRESS   where /metrics for Prometheus and /healthz answer, such as 127.0.0.1:9464; a number alone is a port of this
                       machine. They have no login. Off by default
  --store NAME         what the metrics call the folder of visits; defaults to its path; give each folder of several machines a name
                       of its own
  --settle REFERENCE   records that a call in doubt is reconciled with the vendor, then exits. The visit continues from the step
                       before. Stop the server first
  --help               this text

With JUMDATA_APP_ID, JUMDATA_APP_SECRET, TENCENT_MARKET_SECRET_ID and TENCENT_MARKET_SECRET_KEY in the environment it calls the
vendors, which bill the calls. With Jumdata's keys only, or LIVENESS_VENDOR=jumdata, it makes only the camera check.";

const NAMES: [&str; 9] = [
    "--port",
    "--public-url",
    "--state",
    "--sandbox",
    "--begin-anew",
    "--operator",
    "--store",
    "--settle",
    "--be-sandbox",
];

pub(crate) struct Options {
    pub(crate) port: u16,
    pub(crate) public_url: Option<PublicUrl>,
    pub(crate) state: Option<PathBuf>,
    pub(crate) sandbox: String,
    pub(crate) settle: Option<String>,
    /// Where the operator's machines read metrics and health.
    pub(crate) operator: Option<SocketAddr>,
    /// What the metrics call the folder of visits.
    pub(crate) store: Option<String>,
    /// How often a person may begin anew after an opening in doubt.
    pub(crate) begin_anew: usize,
    /// Be the sandbox instead: how this example starts it as a process of its own.
    pub(crate) be_sandbox: Option<String>,
}

/// What the command line asks for.
pub(crate) enum Order {
    Run(Box<Options>),
    Say(&'static str),
}

impl Options {
    /// # Errors
    ///
    /// A sentence that names the option and says what it takes.
    pub(crate) fn parse(arguments: impl IntoIterator<Item = OsString>) -> Result<Order, String> {
        let mut options = Self {
            port: 8080,
            public_url: None,
            state: None,
            sandbox: "http://127.0.0.1:8787".into(),
            settle: None,
            begin_anew: 2,
            operator: None,
            store: None,
            be_sandbox: None,
        };
        let (mut arguments, mut seen) = (arguments.into_iter(), Vec::new());
        while let Some(argument) = arguments.next() {
            let (name, inline) = split(&argument)?;
            if ["--help", "-h"].contains(&name.as_str()) {
                return Ok(Order::Say(USAGE));
            }
            if !NAMES.contains(&name.as_str()) {
                return Err(format!("{}: there is no such option; --help names them all", name.escape_debug()));
            }
            if seen.contains(&name) {
                return Err(format!("{name} is given twice"));
            }
            let value = inline.or_else(|| arguments.next()).filter(|value| !value.is_empty());
            let value = value.ok_or_else(|| format!("{name} needs a value"))?;
            if name == "--state" {
                options.state = Some(value.into());
            } else {
                let text = value.into_string().map_err(|_| format!("{name}: its value is not UTF-8"))?;
                options.set(&name, text)?;
            }
            seen.push(name);
        }
        Ok(Order::Run(Box::new(options)))
    }

    fn set(&mut self, name: &str, value: String) -> Result<(), String> {
        match name {
            "--port" => {
                let port = value.parse();
                self.port =
                    port.map_err(|_| format!("--port {}: a port is a number from 0 to 65535", value.escape_debug()))?;
            }
            "--public-url" => self.public_url = Some(PublicUrl::parse(&value)?),
            "--sandbox" => {
                let url = value.trim_end_matches('/');
                if url.strip_prefix("http://").is_none_or(str::is_empty) {
                    return Err(format!(
                        "--sandbox {}: the sandbox's address begins with http://, such as http://127.0.0.1:8787",
                        value.escape_debug()
                    ));
                }
                self.sandbox = url.to_owned();
            }
            "--begin-anew" => {
                let number = value.parse::<u8>();
                let number =
                    number.map_err(|_| format!("--begin-anew {}: a number from 0 to 255", value.escape_debug()));
                self.begin_anew = number?.into();
            }
            "--operator" => {
                let of_port = || value.parse().ok().map(|port: u16| SocketAddr::from((Ipv4Addr::LOCALHOST, port)));
                let address = value.parse().ok().or_else(of_port);
                self.operator = Some(address.ok_or_else(|| {
                    format!("--operator {}: an address and a port, such as 127.0.0.1:9464", value.escape_debug())
                })?);
            }
            "--store" => self.store = Some(value),
            "--settle" => self.settle = Some(value),
            _ => self.be_sandbox = Some(value),
        }
        Ok(())
    }
}

/// `--port=80` is `--port 80`.
fn split(argument: &OsString) -> Result<(String, Option<OsString>), String> {
    // A path need not be UTF-8; it comes as an argument of its own then.
    let text = argument.to_str().ok_or("an option is not UTF-8; give a path that is not as an argument of its own")?;
    Ok(match text.split_once('=') {
        Some((name, value)) => (name.to_owned(), Some(value.into())),
        None => (text.to_owned(), None),
    })
}

/// The folder for state of this user alone, so that two users of one machine do not meet.
pub(crate) fn default_state(get: impl Fn(&str) -> Option<OsString>) -> Result<PathBuf, String> {
    let absolute = |name: &str| get(name).map(PathBuf::from).filter(|path| path.is_absolute());
    let base = absolute("XDG_STATE_HOME")
        .or_else(|| absolute("LOCALAPPDATA"))
        .or_else(|| absolute("HOME").map(|home| home.join(Path::new(".local/state"))));
    let base = base.ok_or("this user has no folder for state; name one by --state")?;
    Ok(base.join("liveness-h5-server"))
}

/// The same from the environment.
pub(crate) fn own_state() -> Result<PathBuf, String> {
    default_state(|name| env::var_os(name))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(arguments: &[&str]) -> Result<Order, String> {
        Options::parse(arguments.iter().map(OsString::from))
    }

    fn refused(arguments: &[&str]) -> String {
        match parse(arguments) {
            Err(said) => said,
            Ok(_) => panic!("{arguments:?} was taken"),
        }
    }

    #[test]
    fn both_forms_of_an_option_are_taken() {
        for arguments in [&["--port", "80", "--state", "/a=b"][..], &["--port=80", "--state=/a=b"]] {
            let Ok(Order::Run(options)) = parse(arguments) else { panic!("{arguments:?}") };
            assert_eq!((options.port, options.state), (80, Some("/a=b".into())));
        }
        for (value, addr) in [("9464", "127.0.0.1:9464"), ("0.0.0.0:80", "0.0.0.0:80"), ("[::1]:80", "[::1]:80")] {
            let Ok(Order::Run(options)) = parse(&["--operator", value]) else { panic!("{value}") };
            assert_eq!(options.operator, addr.parse().ok());
        }
        assert!(matches!(parse(&["--help"]), Ok(Order::Say(text)) if text.contains("--state")));
        assert!(matches!(parse(&["-h"]), Ok(Order::Say(_))));
    }

    #[test]
    fn what_is_wrong_is_a_sentence_that_names_the_option() {
        for value in ["abc", "-1", "65536", "8 0"] {
            let said = refused(&["--port", value]);
            assert_eq!(said, format!("--port {value}: a port is a number from 0 to 65535"));
        }
        assert!(refused(&["--operator", "nowhere"]).contains("such as 127.0.0.1:9464"));
        assert_eq!(refused(&["--prot", "80"]), "--prot: there is no such option; --help names them all");
        assert_eq!(refused(&["--port"]), "--port needs a value");
        assert_eq!(refused(&["--state="]), "--state needs a value");
        assert_eq!(refused(&["--port=1", "--port=2"]), "--port is given twice");
        assert!(refused(&["--sandbox", "https://x"]).contains("begins with http://"));
        assert!(!refused(&["--port", "1\n2"]).contains('\n'));
    }

    #[test]
    fn each_user_has_a_folder_of_their_own() {
        let of = |set: &[(&str, &str)]| {
            default_state(|name| set.iter().find(|(known, _)| *known == name).map(|(_, value)| value.into()))
        };
        assert_eq!(of(&[("HOME", "/home/a")]), Ok("/home/a/.local/state/liveness-h5-server".into()));
        assert_eq!(of(&[("HOME", "/home/a"), ("XDG_STATE_HOME", "/s")]), Ok("/s/liveness-h5-server".into()));
        assert!(of(&[("HOME", "")]).is_err_and(|said| said.contains("--state")));
    }
}
