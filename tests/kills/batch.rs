//! The batch example is killed again and again, and finishes: one row and at most one charge for each reference.

use std::{
    collections::HashSet,
    fs,
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    time::Duration,
};

use liveness::Sandbox;

use crate::{audit, next, vendor::Vendor};

const KILLS: usize = 80;
const ROWS: usize = 400;

#[test]
#[ignore = "takes a minute, and needs `cargo build --example batch`; .ci/run slow runs it"]
fn a_batch_that_is_killed_eighty_times_has_one_row_and_at_most_one_charge_for_each_reference() {
    let folder = std::env::temp_dir().join(format!("liveness-batch-{}", std::process::id()));
    fs::create_dir_all(&folder).unwrap();
    let photo = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/sandbox/jumdata/portrait.jpg");
    let rows = (0..ROWS).map(|number| format!("order-{number},张三,11010519491231002X,{}\n", photo.display()));
    let input = format!("reference,name,id_number,photo\n{}", rows.collect::<String>());
    fs::write(folder.join("input.csv"), input).unwrap();
    let vendor = Vendor::new();
    let mut random = 80;
    let mut was_running = 0;
    for _ in 0..KILLS {
        let mut process = start(&vendor, &folder);
        std::thread::sleep(Duration::from_micros(15_000 + (next(&mut random) & 0xffff)));
        was_running += usize::from(process.try_wait().unwrap().is_none());
        let _ = process.kill();
        process.wait().unwrap();
    }
    assert!(start(&vendor, &folder).wait().unwrap().success());
    let mut results = csv::Reader::from_path(folder.join("results.csv")).unwrap();
    let records: Vec<_> = results.records().map(Result::unwrap).collect();
    let references: HashSet<_> = records.iter().map(|row| row[0].to_owned()).collect();
    assert_eq!((records.len(), references.len()), (ROWS, ROWS), "one row for each reference");
    let count = |outcome: &str| records.iter().filter(|row| &row[1] == outcome).count();
    let (passed, doubtful) = (count("passed"), count("in_doubt"));
    assert_eq!(passed + doubtful, ROWS);
    let charged = vendor.executed().len();
    println!(
        "{was_running} of {KILLS} kills struck a running batch; {passed} passed, {doubtful} in doubt, {charged} charges"
    );
    assert!((passed..=passed + doubtful).contains(&charged));
    let sum = |column: usize| records.iter().map(|row| row[column].parse::<usize>().unwrap()).sum::<usize>();
    assert!((sum(3)..=sum(4)).contains(&charged), "{charged} charges, told as {} to {}", sum(3), sum(4));
    assert!(was_running > KILLS / 2 && doubtful > 0, "the kills came at the wrong time");
    audit(&vendor, &folder.join("journal"));
    fs::remove_dir_all(&folder).unwrap();
}

fn start(vendor: &Vendor, folder: &Path) -> Child {
    let example: PathBuf = std::env::current_exe().unwrap().parent().unwrap().join("../examples/batch");
    let keys = Sandbox::tencent_market_credentials();
    Command::new(example)
        .args(["--journal", "journal", "--out", "results.csv", "input.csv"])
        .current_dir(folder)
        .env("LIVENESS_VENDOR", "tencent-market")
        .env("TENCENT_MARKET_SECRET_ID", keys.secret_id.reveal())
        .env("TENCENT_MARKET_SECRET_KEY", keys.secret_key.reveal())
        .env("TENCENT_MARKET_SCHEME", "cloudmarket")
        .env("TENCENT_MARKET_ENDPOINT", vendor.address())
        .stdout(Stdio::null())
        .spawn()
        .unwrap()
}
