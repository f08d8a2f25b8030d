//! The checks of a drill: references, people of the sandbox's own, and a photo made by code.

use std::{error::Error, fs, path::Path};

use liveness::sandbox::Scenario;
use liveness_fleet::jobs::Job;

/// Every so manieth check is a hosted one.
const HOSTED: usize = 5;
/// The photo's size in pixels, about what a phone's application sends.
const SIZE: (u16, u16) = (1440, 1920);
/// What the vendor answers to the first so many of each hundred, and what their results say. The others are passed.
const ANSWERS: [(&str, usize, &str); 5] = [
    ("different-person", 3, "failed"),
    ("liveness-not-passed", 6, "failed"),
    ("no-face", 9, "retake"),
    ("name-mismatch", 11, "failed"),
    ("unavailable", 12, "unavailable"),
];

/// The checks of one drill.
pub(crate) struct Checks {
    jobs: Vec<Job>,
    people: Vec<String>,
}

impl Checks {
    /// So many, with their photo in this folder.
    pub(crate) fn new(checks: usize, folder: &Path) -> Result<Self, Box<dyn Error>> {
        let path = folder.join("photo.jpg");
        fs::write(&path, photo()?)?;
        let photo = path.to_str().ok_or("the folder for temporary files is not UTF-8")?;
        let (hosted, compared): (Vec<usize>, Vec<usize>) = (0..checks).partition(|number| number % HOSTED == 0);
        let job = |number: usize| -> Result<Job, Box<dyn Error>> {
            let id_number = id_number(number)?;
            Ok(Job {
                reference: format!("job-{number}"), name: "张三".to_owned(), id_number, photo: photo.to_owned()
            })
        };
        Ok(Self {
            jobs: compared.into_iter().map(job).collect::<Result<_, _>>()?,
            people: hosted.into_iter().map(|number| format!("visit-{number}")).collect(),
        })
    }

    /// What the workers do.
    pub(crate) fn jobs(&self) -> &[Job] {
        &self.jobs
    }

    /// The references of those who come to the servers.
    pub(crate) fn people(&self) -> &[String] {
        &self.people
    }

    /// All references.
    pub(crate) fn references(&self) -> impl Iterator<Item = &str> {
        self.jobs.iter().map(|job| job.reference.as_str()).chain(self.people.iter().map(String::as_str))
    }

    /// What its result must say, if the vendor decided.
    pub(crate) fn expected(&self, reference: &str) -> &'static str {
        let number: Option<usize> = reference.strip_prefix("job-").and_then(|number| number.parse().ok());
        let answer = number.and_then(|number| ANSWERS.iter().find(|(_, below, _)| number % 100 < *below));
        answer.map_or("passed", |(.., word)| word)
    }

    /// Whose call it was, by what the vendor was told: an ID number, or the reference in a return URL.
    pub(crate) fn reference_of(&self, told: &str) -> Option<&str> {
        let job = self.jobs.iter().find(|job| job.id_number == told).map(|job| job.reference.as_str());
        job.or_else(|| self.people.iter().find(|reference| *reference == told).map(String::as_str))
    }
}

/// A number of nobody: region 99 with the answer that is asked for, and a birthday and order of its own.
fn id_number(number: usize) -> Result<String, Box<dyn Error>> {
    let answer = ANSWERS.iter().find(|(_, below, _)| number % 100 < *below).map_or("passed", |(name, ..)| name);
    let asks =
        Scenario::named(answer).and_then(|scenario| scenario.id_number()).ok_or("the sandbox has another catalogue")?;
    let digits = format!(
        "{}19{:02}{:02}{:02}{:03}",
        &asks[..6],
        50 + number % 50,
        1 + number / 50 % 12,
        1 + number / 600 % 28,
        number / 16800
    );
    // GB 11643-1999.
    let sum: usize =
        digits.bytes().enumerate().map(|(at, digit)| usize::from(digit - b'0') * ((1 << (17 - at)) % 11)).sum();
    let check = ["1", "0", "X", "9", "8", "7", "6", "5", "4", "3", "2"][sum % 11];
    Ok(digits + check)
}

/// A picture with edges and noise everywhere, as a camera's is; the same each time.
pub(crate) fn photo() -> Result<Vec<u8>, Box<dyn Error>> {
    let (width, height) = (usize::from(SIZE.0), usize::from(SIZE.1));
    let mut noise = 24301_u32;
    let mut pixels = Vec::with_capacity(width * height * 3);
    for y in 0..height {
        for x in 0..width {
            noise = noise.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            let (grain, oval) =
                ((noise >> 28) as usize, (x * 2).abs_diff(width).pow(2) + (y * 3 / 2).abs_diff(height * 3 / 4).pow(2));
            let base = if oval < width * width / 5 {
                150 + (x / 9 + y / 7) % 40
            } else {
                60 + (x * 60 / width) + (y / 40) % 12
            };
            pixels.extend([base + grain, base * 7 / 8 + grain, base * 3 / 4 + grain].map(|value| value.min(255) as u8));
        }
    }
    let mut jpeg = Vec::new();
    jpeg_encoder::Encoder::new(&mut jpeg, 90).encode(&pixels, SIZE.0, SIZE.1, jpeg_encoder::ColorType::Rgb)?;
    Ok(jpeg)
}
