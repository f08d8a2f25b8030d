//! `liveness prepare`: files, folders and pipes.

use std::{fs, path::Path};

use serde_json::Value;

use crate::{
    DEBUG,
    command::{Ended, fed, folder, is_chinese, liveness, portrait, portrait_in, run, unread},
};

const JPEG: [u8; 3] = [0xFF, 0xD8, 0xFF];

/// A folder with two photos, one of them below, a text that is called a photo, and a text.
fn photos(test: &str) -> std::path::PathBuf {
    let folder = folder(test);
    let photos = folder.join("photos");
    fs::create_dir_all(photos.join("deep")).unwrap();
    fs::write(photos.join("a.jpg"), portrait()).unwrap();
    fs::write(photos.join("deep/照片.jpeg"), portrait()).unwrap();
    fs::write(photos.join("text.jpg"), "no picture").unwrap();
    fs::write(photos.join("notes.txt"), "mine").unwrap();
    folder
}

fn prepare(folder: &Path, line: &str) -> Ended {
    run(liveness(["prepare"]).args(line.split_whitespace()).current_dir(folder))
}

fn is_jpeg(path: &Path) -> bool {
    fs::read(path).is_ok_and(|file| file.starts_with(&JPEG))
}

#[test]
fn a_folder_is_prepared_into_another_and_what_is_refused_is_told() {
    let folder = photos("prepare-folder");
    let ended = prepare(&folder, "photos --out ready --contact-sheet sheet.html");
    assert_eq!(ended.code, 1, "{ended:?}");
    assert_eq!(ended.stderr, "skipped 1 files in folders: their extensions are not those of pictures\n");
    let lines: Vec<_> = ended.text().lines().collect();
    let names: Vec<_> = lines[1..4].iter().map(|line| line.split("  ").next().unwrap()).collect();
    assert_eq!(names, ["a.jpg", "deep/照片.jpeg", "text.jpg"]);
    assert!(lines[1].contains("JPEG 400×300 ") && lines[1].contains("300×400 "), "{}", lines[1]);
    assert!(lines[3].contains("refused") && lines[3].contains("not a picture"), "{}", lines[3]);
    assert_eq!(lines[4..], ["2 of 3 prepared"]);
    for word in DEBUG {
        assert!(!ended.text().contains(word), "{word} in {}", ended.text());
    }
    assert!(is_jpeg(&folder.join("ready/a.jpg")) && is_jpeg(&folder.join("ready/deep/照片.jpg")));
    assert!(!folder.join("ready/text.jpg").exists());
    let sheet = fs::read_to_string(folder.join("sheet.html")).unwrap();
    assert_eq!(sheet.matches("<article>").count(), 3);
    assert!(sheet.contains("ready/a.jpg") && sheet.contains("<p class=\"refused\">refused</p>"), "{sheet}");
}

#[test]
fn json_is_one_line_a_photo_in_the_order_of_the_inputs() {
    let folder = photos("prepare-json");
    for jobs in ["1", "7"] {
        let ended = prepare(&folder, &format!("photos --json --jobs {jobs}"));
        let rows: Vec<Value> = ended.text().lines().map(|line| serde_json::from_str(line).unwrap()).collect();
        let column = |name: &str| rows.iter().map(|row| row[name].clone()).collect::<Vec<_>>();
        assert_eq!(column("photo"), ["a.jpg", "deep/照片.jpeg", "text.jpg"]);
        assert_eq!(column("prepared"), [true, true, false]);
        assert_eq!(rows[2]["reason"], "unsupported_format");
        assert!(is_chinese(rows[2]["text"]["zh"].as_str().unwrap()), "{}", rows[2]);
        assert!(column("output").iter().all(Value::is_null), "nothing is written without --out");
        assert_eq!(ended.code, 1);
    }
    assert_eq!(prepare(&folder, "photos/a.jpg --json").code, 0);
    assert_eq!(fs::read_dir(&folder).unwrap().count(), 1);
}

#[test]
fn one_photo_goes_to_a_file_or_through_a_pipe() {
    let folder = folder("prepare-one");
    portrait_in(&folder);
    assert_eq!(prepare(&folder, "me.jpg -o ready.jpg").code, 0);
    assert!(is_jpeg(&folder.join("ready.jpg")));
    let file = fs::read(folder.join("ready.jpg")).unwrap();
    assert_eq!(prepare(&folder, "me.jpg -o ready").code, 0);
    assert_eq!(fs::read(folder.join("ready/me.jpg")).unwrap(), file);

    let piped = fed(&mut liveness(["prepare", "-", "-o", "-"]), &portrait());
    assert!(piped.code == 0 && piped.stdout == file, "{}", piped.stderr);
    assert!(piped.stderr.contains("stdin") && piped.stderr.ends_with("1 of 1 prepared\n"), "{}", piped.stderr);
    let json = fed(&mut liveness(["prepare", "-", "-o", "-", "--json"]), &portrait());
    let row: Value = serde_json::from_str(&json.stderr).unwrap();
    assert!(json.stdout == file && row["output"] == "-", "{row}");

    let refused = fed(&mut liveness(["prepare", "-", "-o", "-"]), b"no picture");
    assert!(refused.code == 1 && refused.stdout.is_empty() && refused.stderr.contains("not a picture"), "{refused:?}");
    let looked = fed(&mut liveness(["prepare", "-"]), &portrait());
    assert!(looked.code == 0 && looked.text().ends_with("1 of 1 prepared\n"), "{looked:?}");
}

#[test]
fn what_stands_in_the_way_is_named() {
    let folder = photos("prepare-wrong");
    fs::create_dir(folder.join("empty")).unwrap();
    fs::write(folder.join("file"), "").unwrap();
    for (line, said) in [
        ("absent.jpg", "absent.jpg: there is no such file or folder"),
        ("photos absent.jpg", "absent.jpg: there is no such file or folder"),
        ("empty", "empty: there are no photos in it"),
        ("- -", "-: standard input holds one photo, and is named twice"),
        ("photos -o -", "--out -: standard output takes one photo, and more are named"),
        ("photos/a.jpg - -o -", "--out -: standard output takes one photo, and more are named"),
        ("- --contact-sheet s.html", "--contact-sheet: it can show only files, and standard input is not a file"),
        (
            "photos/a.jpg -o photos/a.jpg",
            "photos/a.jpg: this is a source and would be overwritten; choose another --out",
        ),
        ("photos -o photos", "photos/a.jpg: this is a source and would be overwritten; choose another --out"),
        ("photos/a.jpg --contact-sheet absent/s.html", "absent/s.html: there is no such file or folder"),
    ] {
        let ended = prepare(&folder, line);
        assert_eq!((ended.code, ended.stderr.lines().last()), (2, Some(said)), "{line}: {ended:?}");
    }
    // A photo that cannot be written is one that was not prepared.
    let ended = prepare(&folder, "photos/a.jpg -o file/ready --json");
    let row = ended.json();
    assert_eq!((ended.code, &row["reason"]), (1, &"unwritable".into()), "{row}");
    assert_eq!(row["text"]["en"], "file/ready/a.jpg: a part of the path is a file, not a folder");
}

#[test]
fn a_reader_who_goes_away_ends_it_quietly_unless_it_has_files_to_write() {
    let folder = folder("prepare-unread");
    for number in 0..6 {
        fs::write(folder.join(format!("{number}.jpg")), portrait()).unwrap();
    }
    for more in [&[][..], &["--json"]] {
        let ended = unread(liveness(["prepare", "."]).args(more).current_dir(&folder));
        assert_eq!((ended.code, ended.stderr.as_str()), (0, ""), "{more:?}");
    }
    let ended = unread(liveness(["prepare", ".", "--out", "ready"]).current_dir(&folder));
    assert_eq!((ended.code, ended.stderr.as_str()), (0, ""));
    assert_eq!(fs::read_dir(folder.join("ready")).unwrap().count(), 6);
    let ended = unread(liveness(["prepare", "0.jpg", "--out", "-"]).current_dir(&folder));
    assert_eq!(ended.code, 0, "{ended:?}");
    assert!(!ended.stderr.contains("panicked"), "{ended:?}");
}

#[test]
fn chinese_is_spoken_where_it_is_wished() {
    let folder = photos("prepare-chinese");
    let ended = prepare(&folder, "photos --lang zh --contact-sheet sheet.html");
    assert!(
        is_chinese(&ended.stderr) && ended.text().lines().all(|line| is_chinese(line) || line.starts_with("a.jpg"))
    );
    assert!(ended.text().ends_with("共 3 张，已处理 2 张\n"), "{}", ended.text());
    assert!(fs::read_to_string(folder.join("sheet.html")).unwrap().contains("<html lang=\"zh-CN\">"));
}

#[test]
fn a_contact_sheet_is_not_written_over_a_photo() {
    let folder = photos("prepare-sheet-over");
    for (line, place) in [
        ("photos --contact-sheet photos/a.jpg", "photos/a.jpg"),
        ("photos --contact-sheet photos/deep/../text.jpg", "photos/deep/../text.jpg"),
        ("photos --out ready --contact-sheet ready/a.jpg", "ready/a.jpg"),
        ("photos/a.jpg --out out.jpg --contact-sheet out.jpg", "out.jpg"),
    ] {
        let refused = prepare(&folder, line);
        let said = format!("{place}: this is a photo and would be overwritten; choose another --contact-sheet\n");
        assert_eq!((refused.code, refused.stderr.lines().last()), (2, Some(said.trim_end())), "{line}");
        assert!(is_chinese(prepare(&folder, &format!("{line} --lang zh")).stderr.lines().last().unwrap()));
    }
    assert!(is_jpeg(&folder.join("photos/a.jpg")) && !folder.join("ready").exists());
}

#[test]
fn a_prepared_photo_that_is_another_name_of_its_source_leaves_the_source_alone() {
    let folder = photos("prepare-hard-link");
    fs::create_dir(folder.join("ready")).unwrap();
    fs::hard_link(folder.join("photos/a.jpg"), folder.join("ready/a.jpg")).unwrap();
    let source = fs::read(folder.join("photos/a.jpg")).unwrap();
    assert_eq!(prepare(&folder, "photos/a.jpg --out ready").code, 0);
    assert_eq!(fs::read(folder.join("photos/a.jpg")).unwrap(), source);
    assert!(is_jpeg(&folder.join("ready/a.jpg")) && fs::read(folder.join("ready/a.jpg")).unwrap() != source);
}
