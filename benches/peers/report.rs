//! Turns the report of a peer benchmark into the table and the plot of benches/README.md.
//!
//! ```sh
//! cargo run -p liveness-benches --bin peer_report -- report.md
//! ```
//!
//! `report.md` holds Markdown tables whose first column is `peer`; of the first and the second one, over all photos and over the
//! large ones, this takes the columns `ratio of minima`, `paired SS2` and `peak RSS`; a line that begins with `Versions: ` is taken
//! over as it is. What the benchmark ran on is asked of the machine that runs this, so it is to be run there, from the commit that was
//! measured.

use std::fmt::Write as _;
use std::path::Path;
use std::process::Command;
use std::{env, fs, io};

const START: &str = "<!-- peers: written by benches/peers/report.rs -->\n";
const END: &str = "<!-- end of peers -->\n";
const BAR_PX: f64 = 420.0;
const ROW_PX: usize = 22;
const LABEL_PX: usize = 230;

/// One peer's row.
#[derive(Debug, Clone, PartialEq)]
struct Peer {
    name: String,
    all: Option<f64>,
    large: Option<f64>,
    fidelity: String,
    peak: String,
}

fn main() -> io::Result<()> {
    let report = env::args().nth(1).ok_or_else(|| io::Error::other("usage: peer_report REPORT.md"))?;
    let report = fs::read_to_string(report)?;
    let peers = peers(&report);
    if peers.is_empty() {
        return Err(io::Error::other("no table of peers in the report"));
    }
    // Before anything is written: that would make the tree a changed one.
    let section = section(&environment(), versions(&report), &peers);
    let benches = Path::new(env!("CARGO_MANIFEST_DIR"));
    let readme = benches.join("README.md");
    let text = fs::read_to_string(&readme)?;
    let (before, after) = text
        .split_once(START)
        .and_then(|(before, rest)| Some((before, rest.split_once(END)?.1)))
        .ok_or_else(|| io::Error::other("benches/README.md has no place for the peers"))?;
    // In the manual's folder, because its page on performance shows it too and a book holds only its own files.
    fs::write(benches.join("../docs/src/pictures/peers.svg"), plot(&peers))?;
    fs::write(readme, format!("{before}{START}{section}{END}{after}"))
}

/// The line that names the peers' versions.
fn versions(report: &str) -> Option<&str> {
    report.lines().find(|line| line.starts_with("Versions: "))
}

/// The peers of the first table, with the second one's ratio beside.
fn peers(report: &str) -> Vec<Peer> {
    let rows: Vec<Vec<&str>> = report
        .lines()
        .filter(|line| line.starts_with('|'))
        .map(|line| line.trim_matches('|').split('|').map(str::trim).collect())
        .collect();
    let heads: Vec<usize> = (0..rows.len()).filter(|&row| is_head(&rows[row])).collect();
    let Some(&first) = heads.first() else { return Vec::new() };
    let column = |name: &str| rows[first].iter().position(|title| title.starts_with(name));
    let table = |head: usize| rows[head + 1..].iter().take_while(|row| !is_head(row));
    let cell = |row: &[&str], name: &str| column(name).and_then(|at| row.get(at)).map_or("-", |cell| cell).to_owned();
    let ratio = |row: &[&str]| cell(row, "ratio of minima").split(' ').next().and_then(|ratio| ratio.parse().ok());
    let large =
        |name: &str| heads.get(1).and_then(|&head| table(head).find(|row| row[0] == name)).and_then(|row| ratio(row));
    table(first)
        .filter(|row| !row[0].starts_with('-'))
        .map(|row| Peer {
            name: row[0].to_owned(),
            all: ratio(row),
            large: large(row[0]),
            fidelity: cell(row, "paired SS2"),
            peak: cell(row, "peak RSS"),
        })
        .collect()
}

/// Whether a row heads a table of peers with their ratios.
fn is_head(row: &[&str]) -> bool {
    row[0] == "peer" && row.iter().any(|title| title.starts_with("ratio of minima"))
}

fn section(environment: &str, versions: Option<&str>, peers: &[Peer]) -> String {
    let number = |ratio: Option<f64>| ratio.map_or("-".into(), |ratio| format!("{ratio:.3}"));
    let mut text = format!("\n{environment}\n\n");
    versions.iter().for_each(|versions| text += &format!("{versions}\n\n"));
    text.push_str("![Time, over sharp's](../docs/src/pictures/peers.svg)\n\n");
    text.push_str(
        "| peer | all photos | 8 MP and more | SSIMULACRA2 over sharp's, median | peak MiB |\n|---|---|---|---|---|\n",
    );
    for peer in peers {
        let Peer { name, fidelity, peak, .. } = peer;
        let _ = writeln!(text, "| {name} | {} | {} | {fidelity} | {peak} |", number(peer.all), number(peer.large));
    }
    text.push('\n');
    text
}

/// Processor, compiler and commit, `-dirty` where files differ from it.
fn environment() -> String {
    let run = |program: &str, arguments: &[&str]| {
        let output = Command::new(program).args(arguments).output().ok()?;
        Some(String::from_utf8_lossy(&output.stdout).trim().to_owned())
    };
    let cpu = fs::read_to_string("/proc/cpuinfo").ok().and_then(|info| {
        Some(info.lines().find(|line| line.starts_with("model name"))?.split(':').nth(1)?.trim().to_owned())
    });
    let unknown = || "unknown".to_owned();
    format!(
        "Ran on {} ({}), {}, commit {}.",
        cpu.unwrap_or_else(unknown),
        env::consts::ARCH,
        run("rustc", &["--version"]).unwrap_or_else(unknown),
        run("git", &["describe", "--always", "--dirty"]).unwrap_or_else(unknown),
    )
}

/// Bars of the ratio over the large photos, or over all where there are no large ones.
fn plot(peers: &[Peer]) -> String {
    let ratio = |peer: &Peer| peer.large.or(peer.all);
    let longest = peers.iter().filter_map(ratio).fold(f64::MIN_POSITIVE, f64::max);
    let (width, height) = (LABEL_PX as f64 + BAR_PX + 60.0, (peers.len() + 1) * ROW_PX);
    let mut svg = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{width}\" height=\"{height}\" font-family=\"sans-serif\" \
         font-size=\"13\">\n<rect width=\"100%\" height=\"100%\" fill=\"#fff\"/>\n\
         <text x=\"6\" y=\"16\" font-weight=\"bold\">Time over sharp's, photos of 8 MP and more (less is better)</text>\n"
    );
    for (row, peer) in peers.iter().enumerate() {
        let Some(ratio) = ratio(peer) else { continue };
        let top = (row + 1) * ROW_PX;
        let name = peer.name.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;");
        let colour = if peer.name.starts_with("0 ") { "#1a7f37" } else { "#8c959f" };
        let length = ratio / longest * BAR_PX;
        let _ = writeln!(
            svg,
            "<text x=\"6\" y=\"{}\">{name}</text><rect x=\"{LABEL_PX}\" y=\"{}\" width=\"{length:.1}\" height=\"14\" \
             fill=\"{colour}\"/><text x=\"{:.1}\" y=\"{}\">{ratio:.2}</text>",
            top + 15,
            top + 4,
            LABEL_PX as f64 + length + 5.0,
            top + 15,
        );
    }
    svg.push_str("</svg>\n");
    svg
}
