use liveness_jpeg::{Budget, Decoder, Encoder, Header, Planes, Target};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let file = std::fs::read("photo.jpg")?;
    let header = Header::parse(&file)?;
    let mut planes = Planes::new();
    let found = Decoder::new().decode(&header, &Target::fit(&header, 1280), &mut planes)?;
    let small = Encoder::new().encode(&planes, Budget::bytes(100_000))?;
    std::fs::write("small.jpg", &small.bytes)?;
    println!("{} bytes, quality {:.0}, sound: {}", small.bytes.len(), small.quality, found.is_sound());
    Ok(())
}
