mod chromium;
use chromium::{Camera, Screen, Window};

#[test]
fn preview() {
    if !chromium::found() { return; }
    for (name, screen, lang) in [("phone", Screen::Phone, "en-US"), ("desktop", Screen::Desktop, "zh-CN")] {
        let window = Window::open(&format!("preview-{name}"), screen, Camera::Allowed, lang);
        window.go("http://127.0.0.1:8899/");
        window.wait("body[data-screen=intro]");
        window.shot("1-intro");
        window.click("#start");
        window.wait("body[data-screen=capture][data-step=ready]");
        window.shot("2-ready");
        window.wait("body[data-step=LookFront]");
        window.shot("3-look-front");
        window.wait("body.flash[style*='ink: #000']");
        window.shot("4-flash-bright");
        window.wait("body.flash[style*='ink: #fff']");
        window.shot("5-flash-dark");
        window.wait("body[data-step=LookLeft]");
        window.shot("6-look-left");
        window.wait("body[data-step=OpenMouth]");
        window.shot("7-open-mouth");
        let by = std::time::Instant::now();
        while !window.url().ends_with("/back") && by.elapsed().as_secs() < 20 {}
        println!("{}", window.url());
    }
    for (name, camera) in [("denied", Camera::Denied), ("missing", Camera::Missing)] {
    let window = Window::open("preview-denied", Screen::Phone, camera, "en-US");
    window.go("http://127.0.0.1:8899/");
    window.click("#start");
    window.wait("body[data-screen=problem]");
    window.shot(name);
    println!("{}", window.text());
    }
}
