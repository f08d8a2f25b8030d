//! Tests of the resources of a connection, and of how it makes room for others.

use super::*;

fn limited(limits: ServerLimits) -> Server {
    Server::bind_with("127.0.0.1:0", echo, limits).unwrap()
}

#[test]
fn a_client_that_is_slow_with_head_or_body_is_told_so_and_let_go() {
    let brief = Duration::from_millis(60);
    for (limits, request) in [
        (ServerLimits { head: brief, ..ServerLimits::default() }, "GET / HTTP/1.1\r\nHost: h\r\nX-Slow"),
        (
            ServerLimits { request: brief, ..ServerLimits::default() },
            "POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 2\r\n\r\nx",
        ),
        (
            ServerLimits { request: brief, ..ServerLimits::default() },
            "POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n",
        ),
    ] {
        let answer = exchange(&limited(limits), request.as_bytes());
        assert!(answer.starts_with("HTTP/1.1 408 "), "{request:?} got {answer:?}");
    }
}

#[test]
fn a_client_that_sends_byte_after_byte_does_not_win_time_with_each() {
    let server = limited(ServerLimits { head: Duration::from_millis(200), ..ServerLimits::default() });
    let mut stream = connect(server.addr());
    stream.set_read_timeout(Some(Duration::from_millis(20))).unwrap();
    let began = Instant::now();
    let mut answer = [0; 12];
    let mut head = b"GET / HTTP/1.1\r\n".iter().chain(b"X: y\r\n".iter().cycle());
    // The read is the pause between two bytes.
    while stream.read_exact(&mut answer).is_err() {
        assert!(began.elapsed() < PATIENCE, "the server is too patient");
        let _ = stream.write_all(&[*head.next().unwrap()]);
    }
    assert_eq!(&answer, b"HTTP/1.1 408");
}

#[test]
fn a_client_that_does_not_take_its_answer_gives_its_place_up() {
    let limits = ServerLimits { answer: Duration::from_millis(60), connections: 1, ..ServerLimits::default() };
    let large = |_: Request| Ok(Response::new(Body::from(vec![b'x'; 32 * 1024 * 1024])));
    let server = Server::bind_with("127.0.0.1:0", large, limits).unwrap();
    let mut deaf = connect(server.addr());
    deaf.write_all(b"GET / HTTP/1.0\r\n\r\n").unwrap();
    let mut first = [0; 12];
    deaf.read_exact(&mut first).unwrap();
    let mut other = connect(server.addr());
    other.write_all(b"HEAD / HTTP/1.0\r\n\r\n").unwrap();
    other.read_exact(&mut first).unwrap();
    assert_eq!(&first, b"HTTP/1.1 200");
    let mut taken = Vec::new();
    let _ = deaf.read_to_end(&mut taken);
    assert!(taken.len() < 32 * 1024 * 1024, "it was cut off");
}

#[test]
fn a_silent_connection_is_closed_without_a_word() {
    let server = limited(ServerLimits { idle: Duration::from_millis(60), ..ServerLimits::default() });
    assert_eq!(exchange(&server, b""), "");
}

#[test]
fn requests_are_answered_at_the_same_time() {
    let together = Arc::new(Barrier::new(8));
    let barrier = Arc::clone(&together);
    let server = Server::bind("127.0.0.1:0", move |request| {
        // Passes only if eight are inside at once.
        barrier.wait();
        echo(request)
    })
    .unwrap();
    thread::scope(|scope| {
        for _ in 0..8 {
            scope.spawn(|| assert!(exchange(&server, b"GET /x HTTP/1.0\r\n\r\n").contains("/x")));
        }
    });
}

#[test]
fn more_clients_than_places_are_all_answered_and_idle_ones_make_room() {
    let server = limited(ServerLimits { connections: 2, ..ServerLimits::default() });
    let idle: Vec<_> = (0..2)
        .map(|_| {
            let mut stream = connect(server.addr());
            stream.write_all(b"GET /idle HTTP/1.1\r\nHost: h\r\n\r\n").unwrap();
            assert!(one_answer(&mut stream).contains("/idle"));
            stream
        })
        .collect();
    thread::scope(|scope| {
        for _ in 0..20 {
            scope.spawn(|| assert!(exchange(&server, b"GET /x HTTP/1.0\r\n\r\n").contains("/x")));
        }
    });
    drop(idle);
}

#[test]
fn a_fresh_connection_may_take_its_time_though_others_wait_for_its_place() {
    let server = limited(ServerLimits { connections: 1, undisturbed: PATIENCE, ..ServerLimits::default() });
    let mut slow = connect(server.addr());
    let mut waiting = connect(server.addr());
    waiting.write_all(b"GET /waiting HTTP/1.0\r\n\r\n").unwrap();
    // The read is the pause: it is longer than the server's tick, and notices a hang-up.
    slow.set_read_timeout(Some(Duration::from_millis(200))).unwrap();
    assert!(slow.read(&mut [0]).is_err(), "the server hung up");
    slow.write_all(b"GET /slow HTTP/1.0\r\n\r\n").unwrap();
    slow.set_read_timeout(Some(PATIENCE)).unwrap();
    assert!(rest(slow).contains("/slow"));
    assert!(rest(waiting).contains("/waiting"));
}

#[test]
fn a_fresh_connection_that_stays_silent_gives_its_place_up() {
    let brief = Duration::from_millis(60);
    let server = limited(ServerLimits {
        connections: 1,
        undisturbed: brief,
        idle: Duration::from_secs(600),
        ..ServerLimits::default()
    });
    let silent = connect(server.addr());
    assert!(exchange(&server, b"GET /x HTTP/1.0\r\n\r\n").contains("/x"));
    assert_eq!(rest(silent), "");
}

/// Incomplete requests that leave the server waiting: a half head, a half body, a half chunk.
const HALVES: [&str; 4] = [
    "GET / HTTP/1.1\r\nHost: h",
    "POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 9\r\n\r\nx",
    "POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n9\r\nx",
    "POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n0\r\nX: y",
];

#[test]
fn a_half_sent_request_gives_its_place_up_long_before_its_time_is_over() {
    for half in HALVES {
        let slow = Duration::from_secs(600);
        let limits = ServerLimits {
            connections: 1,
            undisturbed: Duration::from_millis(60),
            head: slow,
            request: slow,
            ..ServerLimits::default()
        };
        let server = limited(limits);
        let mut stuck = connect(server.addr());
        stuck.write_all(half.as_bytes()).unwrap();
        assert!(exchange(&server, b"GET /x HTTP/1.0\r\n\r\n").contains("/x"), "{half:?}");
        assert!(rest(stuck).starts_with("HTTP/1.1 408 "), "{half:?}");
    }
}

#[test]
fn a_client_that_drips_its_request_does_not_keep_its_place_by_that() {
    let slow = Duration::from_secs(600);
    let brief = Duration::from_millis(60);
    let limits =
        ServerLimits { connections: 1, undisturbed: brief, head: slow, request: slow, ..ServerLimits::default() };
    let server = limited(limits);
    let mut stream = connect(server.addr());
    stream.write_all(b"POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 9999999\r\n\r\n").unwrap();
    stream.set_read_timeout(Some(Duration::from_millis(2))).unwrap();
    let mut waiting = connect(server.addr());
    waiting.write_all(b"GET /waiting HTTP/1.0\r\n\r\n").unwrap();
    let (began, mut answer) = (Instant::now(), [0; 12]);
    // The read is the pause between two bytes: shorter than a tick of the server.
    while stream.read_exact(&mut answer).is_err() {
        assert!(began.elapsed() < PATIENCE, "the server is too patient");
        let _ = stream.write_all(b"x");
    }
    assert_eq!(&answer, b"HTTP/1.1 408");
    drop(stream);
    assert!(rest(waiting).contains("/waiting"));
}

#[test]
fn the_connection_that_waited_longest_goes_and_the_others_stay() {
    let limits = ServerLimits { connections: 3, ..ServerLimits::default() };
    let server = limited(limits);
    let mut idle: Vec<_> = (1..=3)
        .map(|waiting| {
            let mut stream = connect(server.addr());
            stream.write_all(b"GET /idle HTTP/1.1\r\nHost: h\r\n\r\n").unwrap();
            assert!(one_answer(&mut stream).contains("/idle"));
            // The client has its answer before the server's thread waits again: during the write, the thread is not
            // yet idle.
            let is_idle = || server.shared.lock().waiting.values().filter(|since| **since <= Instant::now()).count();
            while is_idle() < waiting {
                std::thread::yield_now();
            }
            stream
        })
        .collect();
    assert!(exchange(&server, b"GET /x HTTP/1.0\r\n\r\n").contains("/x"));
    for stream in &mut idle[1..] {
        stream.write_all(b"GET /again HTTP/1.1\r\nHost: h\r\n\r\n").unwrap();
        assert!(one_answer(stream).contains("/again"));
    }
    assert_eq!(rest(idle.remove(0)), "");
}

#[test]
fn a_client_that_sends_fast_enough_is_let_finish_though_others_wait() {
    let limits = ServerLimits::default();
    assert_eq!(limits.fair(0), limits.undisturbed);
    assert!(limits.fair(16 * 1024 * 1024) > limits.request, "a photo on a slow line has all its time");
    assert!(limits.fair(usize::MAX) > limits.request);
}

#[test]
fn time_runs_from_the_first_byte_of_the_request_and_not_anew_for_its_body() {
    let limits = ServerLimits { request: Duration::from_millis(1000), ..ServerLimits::default() };
    let server = limited(limits);
    let mut stream = connect(server.addr());
    let began = Instant::now();
    stream.write_all(b"POST / HTTP/1.1\r\nHost: h\r\n").unwrap();
    stream.set_read_timeout(Some(Duration::from_millis(800))).unwrap();
    assert!(stream.read(&mut [0]).is_err(), "the head has its time");
    stream.write_all(b"Content-Length: 2\r\n\r\nx").unwrap();
    stream.set_read_timeout(Some(PATIENCE)).unwrap();
    assert!(rest(stream).starts_with("HTTP/1.1 408 "));
    assert!(began.elapsed() < Duration::from_millis(1750), "{:?}", began.elapsed());
}

#[test]
fn a_body_over_the_limit_that_was_set_is_refused_before_it_is_read() {
    let server = limited(ServerLimits::new().with_max_body_bytes(8));
    let post = |rest: &str| exchange(&server, format!("POST /x HTTP/1.0\r\n{rest}").as_bytes());
    assert!(post("Content-Length: 8\r\n\r\n12345678").contains("/x"));
    assert!(post("Content-Length: 9\r\n\r\n").starts_with("HTTP/1.1 413 "));
    let chunks = b"POST /x HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n12345\r\n4\r\n";
    assert!(exchange(&server, chunks).starts_with("HTTP/1.1 413 "));
}

#[test]
fn dropping_the_server_frees_the_port_and_lets_a_running_request_end() {
    let (entered, inside) = mpsc::channel();
    let (let_go, wait) = mpsc::channel::<()>();
    let wait = std::sync::Mutex::new(wait);
    let server = Server::bind("127.0.0.1:0", move |request| {
        entered.send(()).unwrap();
        wait.lock().unwrap().recv().unwrap();
        echo(request)
    })
    .unwrap();
    let addr = server.addr();
    let mut running = connect(addr);
    running.write_all(b"GET /running HTTP/1.1\r\nHost: h\r\n\r\n").unwrap();
    inside.recv().unwrap();
    let idle = connect(addr);
    let dropped = thread::spawn(move || drop(server));
    assert_eq!(rest(idle), "", "an idle connection is closed at once");
    let_go.send(()).unwrap();
    dropped.join().unwrap();
    assert!(rest(running).contains("/running"));
    assert!(TcpStream::connect(addr).is_err());
}
