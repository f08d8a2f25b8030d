//! Reads the command line.

use liveness::{CallKind, Reference};

/// What the command line asks for.
#[derive(Debug)]
pub(crate) enum Asked {
    Help,
    Order(Order),
}

/// What is to be done.
#[derive(Debug)]
pub(crate) enum Order {
    List { is_json: bool },
    Settle { reference: Reference, is_billed: bool, call: Option<(u32, CallKind)>, is_json: bool },
    Export { folder: String },
}

/// Reads the arguments after the program's name; what is wrong with them.
pub(crate) fn read(arguments: &[String]) -> Result<Asked, String> {
    let (mut words, mut is_json, mut attempt, mut call) = (Vec::new(), false, None, None);
    let mut rest = arguments.iter().map(String::as_str);
    while let Some(argument) = rest.next() {
        let mut value = || rest.next().ok_or_else(|| format!("{argument}: its value is missing"));
        match argument {
            "--help" | "-h" => return Ok(Asked::Help),
            "--json" => is_json = true,
            "--lang" => drop(value()?),
            "--attempt" => {
                let number = value()?.parse::<u32>().ok().filter(|number| *number > 0);
                attempt = Some(number.ok_or("--attempt: it must be a number from 1 on")?);
            }
            "--call" => call = Some(value()?.parse::<CallKind>().map_err(|_| "--call: it must be begin or resume")?),
            _ if argument.starts_with("--lang=") => {}
            _ if argument.starts_with('-') => return Err(format!("{argument}: there is no such option")),
            _ => words.push(argument),
        }
    }
    let call = match (attempt, call) {
        (Some(attempt), Some(call)) => Some((attempt, call)),
        (None, None) => None,
        _ => return Err("--attempt and --call belong together".to_owned()),
    };
    let order = match *words.as_slice() {
        [] if call.is_none() => Order::List { is_json },
        ["settle", reference, word] => Order::Settle {
            reference: Reference::parse(reference).map_err(|error| error.to_string())?,
            is_billed: match word {
                "billed" => true,
                "not-billed" => false,
                _ => return Err("it must be billed or not-billed".to_owned()),
            },
            call,
            is_json,
        },
        ["export", folder] if call.is_none() && !is_json => Order::Export { folder: folder.to_owned() },
        _ => return Err("there is no such order".to_owned()),
    };
    Ok(Asked::Order(order))
}
