//! The process dies while a call is at the vendor.

use std::{
    io::{BufRead, BufReader, Read, Write},
    net::{TcpListener, TcpStream},
    process::{Command, Stdio},
    time::Duration,
};

use liveness::{
    CallKind, ManualClock, Request, Response, TransportError,
    money::{FileJournal, Journal, Standing, TryKey},
};
use liveness_async_service::{pool::Pool, web::Service};
use tower::ServiceExt;

use crate::support::{body, folder, provider, read, request};

#[tokio::test]
async fn a_call_that_was_in_flight_when_the_process_was_killed_is_in_doubt_90_s_later_and_is_not_sent_again() {
    let folder = folder("killed");
    let vendor = TcpListener::bind("127.0.0.1:0").unwrap();
    let mut service = Command::new(env!("CARGO_BIN_EXE_liveness-async-service"))
        .env_clear()
        .envs([("LISTEN", "127.0.0.1:0"), ("LIVENESS_VENDOR", "tencent-market")])
        .envs([("TENCENT_MARKET_SECRET_ID", "id"), ("TENCENT_MARKET_SECRET_KEY", "key")])
        .env("TENCENT_MARKET_ENDPOINT", format!("http://{}/release/jingmocompare", vendor.local_addr().unwrap()))
        .env("JOURNAL", &folder)
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut line = String::new();
    BufReader::new(service.stdout.take().unwrap()).read_line(&mut line).unwrap();
    let body = body("order-1").to_string();
    let mut client = TcpStream::connect(line.trim().trim_start_matches("http://")).unwrap();
    write!(client, "POST /checks HTTP/1.1\r\nhost: a.example\r\ncontent-length: {}\r\n\r\n{body}", body.len()).unwrap();
    // The vendor has the request, or a part of it, and will never answer.
    let (mut call, _) = vendor.accept().unwrap();
    call.read_exact(&mut [0; 64]).unwrap();
    service.kill().unwrap();
    service.wait().unwrap();

    let journal = FileJournal::open(&folder).unwrap();
    let record = journal.find(&TryKey::new("order-1".parse().unwrap(), 1, CallKind::Begin)).unwrap().unwrap();
    assert_eq!(record.until - record.opened, Duration::from_secs(90));
    let second = Duration::from_secs(1);
    assert_eq!(record.standing(record.until - second), Standing::InFlight);
    assert_eq!(record.standing(record.until + second), Standing::InDoubt);

    // The next process, after that time.
    let journal = journal.with_clock(ManualClock::new(record.until + second));
    let nothing = |_: Request| -> Result<Response, TransportError> { panic!("a call in doubt was sent again") };
    let service = Service::new(provider(nothing, &journal), Pool::new(1, 0));
    let again = request(&serde_json::from_str(&body).unwrap());
    let (status, later, told) = read(service.router().oneshot(again).await.unwrap()).await;
    assert_eq!((status, later, &told["error"]), (502, None, &"outcome_unknown".into()), "{told}");
    assert_eq!(told["sent"], false);
    assert_eq!(journal.in_doubt(None, 10).unwrap().len(), 1);
}
