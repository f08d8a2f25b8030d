//! Writes the seeds of all targets: `cargo run --release --example corpus`, in this folder.
//!
//! The decoder's are JPEGs. The preparer's are these and files of every kind: with EXIF and profiles, grey, CMYK, PNG of several
//! types, WebP, BMP, GIF.

#[path = "../../tests/photo_support/mod.rs"]
mod photo_support;

use std::{fs, io};

use jpeg_encoder::{ColorType, Encoder, EncodingError, SamplingFactor};
use liveness::{
    CallKind, Charges, Error, ErrorKind, Outcome, ProviderId, Receipt, Verdict,
    money::{
        Answer, Closing, Ending, FileJournal, Fingerprint, Intent, Journal, JournalError, Opened, SentAttempt, TryKey,
    },
    time::OffsetDateTime,
};

use photo_support::{rasters, seeds};

const SAMPLINGS: [SamplingFactor; 5] =
    [SamplingFactor::F_1_1, SamplingFactor::F_2_1, SamplingFactor::F_2_2, SamplingFactor::F_1_2, SamplingFactor::F_4_1];

/// A cassette of one exchange. The other seed is the stored sample, in whose frame a mutation finds new fields.
const CASSETTE: &str = r#"{"liveness_cassette":1,"exchanges":[{"request":{"method":"GET","path":"/a","fields":[{"name":"(unknown)","value":"x","match":"present"}]},"answer":{"response":{"status":200,"headers":[["date","x"]],"body":{"text":{"text":"{}","flaw":"undecodable"}}}}}]}"#;

fn main() -> io::Result<()> {
    let jpegs = jpegs().map_err(io::Error::other)?;
    write("corpus/answer", &answers())?;
    write(
        "corpus/cassette",
        &[include_bytes!("../../tests/stored/0.1.0/cassette.json").to_vec(), CASSETTE.as_bytes().to_vec()],
    )?;
    write("corpus/jpeg", &jpegs)?;
    write("corpus/progressive", &progressive()?)?;
    write("corpus/statement", &statements())?;
    write("corpus/journal", &journals().map_err(io::Error::other)?)?;
    // Behind the file's first box, which the target puts there: it has 24 bytes in those that are made around pictures.
    let heics: Vec<Vec<u8>> =
        seeds::heic().iter().filter(|file| file[3] == 24).map(|file| file[24..].to_vec()).collect();
    write("corpus/heic", &heics)?;
    // Behind the signature, which the target puts there; an even checksum lets it make the right one.
    let pngs: Vec<Vec<u8>> =
        seeds::every_kind().iter().filter(|file| file.starts_with(b"\x89PNG")).map(|file| file[8..].to_vec()).collect();
    write("corpus/png", &pngs)?;
    // Behind "RIFF", "WEBP" and "VP8 ", each with a size.
    write("corpus/webp", &[rasters::LOSSY_WEBP[20..].to_vec()])?;
    write("corpus/preparer", jpegs.iter().chain(&seeds::every_kind()))
}

fn write<'a>(folder: &str, seeds: impl IntoIterator<Item = &'a Vec<u8>>) -> io::Result<()> {
    fs::create_dir_all(folder)?;
    let mut count = 0;
    for seed in seeds {
        fs::write(format!("{folder}/{count:03}"), seed)?;
        count += 1;
    }
    println!("{count} seeds in {folder}");
    Ok(())
}

/// Answers in the forms that the reader knows; the first byte of a file chooses status and headers.
fn answers() -> Vec<Vec<u8>> {
    let passed = r#"{"jobid":"ZT1","responsetime":"20261121160000456","errcode":"P0000","errmsg":"同一人","result":{"score":"85"}}"#;
    let nested = serde_json::Value::from(passed).to_string();
    let texts = [
        passed.to_owned(),
        format!("\u{FEFF}{passed}\0"),
        passed.replace("}}", "},}"),
        format!("// sample\n{passed} /* end */"),
        nested,
        passed[..60].to_owned(),
        passed.replace("\"errmsg\"", "\"errcode\":\"00001\",\"errmsg\""),
        r#"{"code":500,"charge":1,"data":{"charge":[true]}}"#.to_owned(),
        "<html><title>405 &amp; Not Allowed</title>".to_owned(),
    ];
    texts.iter().map(|text| [&[0], text.as_bytes()].concat()).collect()
}

/// Statements in the forms that the reader knows; the first byte of a file chooses the columns.
fn statements() -> Vec<Vec<u8>> {
    let table = "t,n,b\r\n2026-11-21 08:00:00,'202611210800001234567890,1\r\n2026/11/21 8:00,\"2.02611E+23\",0\r\n";
    let chinese = "时间;请求号;计费\n2026年11月21日 8:00:00;=\"7\";是\n20261121080000123;-;不计费\n";
    let (gbk, ..) = encoding_rs::GBK.encode(chinese);
    let object = r#"{"t":1795219200000,"n":202611210800001234567890,"b":true,"x":{"y":[1]}}"#;
    let texts: [(u8, Vec<u8>); 6] = [
        (0, table.into()),
        (1, table.replace(',', "\t").into()),
        (2, format!("\u{FEFF}{chinese}").into()),
        (2, gbk.into_owned()),
        (0, format!("[{object}, {object}]").into()),
        (0, format!("{object}\n{object}\n").into()),
    ];
    texts.into_iter().map(|(choice, text)| [vec![choice], text].concat()).collect()
}

/// A journal with a call of each kind, its lines without their checksums; the first byte of a file chooses how they are laid out.
fn journals() -> Result<Vec<Vec<u8>>, JournalError> {
    let folder = std::env::temp_dir().join(format!("liveness-corpus-{}", std::process::id()));
    let journal = FileJournal::open(&folder)?;
    let provider: ProviderId = "acme/a".parse().expect("an id");
    let lost = Error::new(ErrorKind::OutcomeUnknown).record();
    let verdict = Verdict::new(Outcome::Passed, Receipt::new(provider.clone()).with_request_id("7")).without_person();
    let sealed = r#"{"under":"0badcafe","key":"a2V5","data":"ZGF0YQ=="}"#;
    let sealed = || serde_json::from_str(sealed).expect("a sealed text");
    let endings = [
        None,
        Some(Ending::Free(Box::new(Error::new(ErrorKind::Unavailable).record()))),
        Some(Ending::Pending),
        Some(Ending::InDoubt(Box::new(lost))),
        Some(Ending::Answered { answer: Answer::Verdict(Box::new(verdict)), sealed: Some(sealed()) }),
        Some(Ending::Answered { answer: Answer::Session(Box::new(Receipt::new(provider.clone()))), sealed: None }),
    ];
    for (number, ending) in endings.into_iter().enumerate() {
        let key = TryKey::new(format!("order-{number}").parse().expect("a reference"), 1, CallKind::Begin);
        let fingerprint = Fingerprint::new(1, "key", "0".repeat(32));
        let Opened::New(ticket) = journal.open(&Intent::new(key, provider.clone(), fingerprint))? else { continue };
        journal.sent(&ticket, &SentAttempt::new(1, OffsetDateTime::UNIX_EPOCH, Some("7".to_owned())))?;
        if let Some(ending) = ending {
            journal.close(&ticket, &Closing::new(ending, Charges::new(0, 1)))?;
        }
    }
    let lines = |name: &str, skipped| {
        let text = fs::read_to_string(folder.join(name)).unwrap_or_default();
        text.lines().skip(skipped).map(|line| format!("{}\n", &line[9..])).collect::<String>().into_bytes()
    };
    let (manifest, keys, log) = (lines("manifest", 0), lines("keys-00000001.log", 0), lines("segment-00000001.log", 1));
    let _ = fs::remove_dir_all(&folder);
    let half = log[..log.len() / 2].iter().rposition(|byte| *byte == b'\n').map_or(0, |end| end + 1);
    let join = |choice: u8, parts: &[&[u8]]| [vec![choice], parts.join(&0xff)].concat();
    Ok(vec![
        join(0, &[&keys, &log]),
        join(0x50, &[&keys, &log]),
        join(0, &[&keys, &log[..half], &log[half..]]),
        join(2, &[&manifest, &keys, &log]),
        join(0, &[&keys, &log, b"!\0\0\0\0"]),
    ])
}

/// JPEGs of what the decoder decides upon: sampling, coding, restart markers, sides that fill no MCU.
fn jpegs() -> Result<Vec<Vec<u8>>, EncodingError> {
    let mut files = Vec::new();
    for sampling in SAMPLINGS {
        for (width, height) in [(17, 16), (40, 33)] {
            for (quality, restarts, progressive) in [(40, 0, false), (90, 1, false), (99, 3, false), (75, 0, true)] {
                files.push(seed(width, height, sampling, quality, restarts, progressive)?);
            }
        }
    }
    Ok(files)
}

/// The files that the codec's tests read, in every kind of scan script.
fn progressive() -> io::Result<Vec<Vec<u8>>> {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../crates/jpeg/tests/progressive");
    let mut paths = fs::read_dir(folder)?.map(|entry| Ok(entry?.path())).collect::<io::Result<Vec<_>>>()?;
    paths.sort();
    paths.iter().map(fs::read).collect()
}

fn seed(
    width: u16,
    height: u16,
    sampling: SamplingFactor,
    quality: u8,
    restarts: u16,
    progressive: bool,
) -> Result<Vec<u8>, EncodingError> {
    let rgb: Vec<u8> = (0..u32::from(width) * u32::from(height) * 3)
        .map(|i| (i.wrapping_mul(2_654_435_761) >> 27) as u8 + if i / 40 % 2 == 0 { 30 } else { 200 })
        .collect();
    let mut file = Vec::new();
    let mut encoder = Encoder::new(&mut file, quality);
    encoder.set_sampling_factor(sampling);
    encoder.set_progressive(progressive);
    if restarts > 0 {
        encoder.set_restart_interval(restarts);
    }
    encoder.encode(&rgb, width, height, ColorType::Rgb)?;
    Ok(file)
}
