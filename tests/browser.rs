fn main() { let _ = headless_chrome::LaunchOptions::default(); }
