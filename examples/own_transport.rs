//! A transport of your own: here one that counts and times calls on their way to another transport, and logs a line of each
//! without anything personal.
//!
//!     cargo run --example own_transport

use std::{
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Instant,
};

use liveness::{
    AttemptTimeout, Check, Jumdata, LivenessProvider, Request, Response, ReturnUrl, Transport, TransportError,
    sandbox::Sandbox,
};

/// Wraps any transport. An `Arc` of it is a transport too, so that the caller keeps a handle to the counter.
struct Counted<T> {
    inner: T,
    calls: AtomicU64,
}

impl<T: Transport> Transport for Counted<T> {
    fn send(&self, request: Request) -> Result<Response, TransportError> {
        // The host, never the whole address: a page's holds a token, a portrait's leads to a face.
        let (method, host) = (request.method().clone(), request.uri().host().unwrap_or_default().to_owned());
        let limit = AttemptTimeout::of(&request);
        let start = Instant::now();
        let result = self.inner.send(request);
        let number = self.calls.fetch_add(1, Ordering::Relaxed) + 1;
        let outcome = match &result {
            Ok(response) => response.status().to_string(),
            Err(lost) => lost.to_string(),
        };
        println!("call {number}: {method} {host} -> {outcome} in {:?} (limit {limit:?})", start.elapsed());
        result
    }
}

fn main() -> liveness::Result<()> {
    println!("The sandbox answers here. It is a transport too; a closure can be one as well.");
    let transport = Arc::new(Counted { inner: Sandbox::new(), calls: AtomicU64::new(0) });
    let provider = Jumdata::new(Sandbox::jumdata_credentials(), Arc::clone(&transport));
    let check = Check::liveness().with_return_url(ReturnUrl::parse("https://shop.example/back")?);
    println!("{:#?}", provider.begin(&check)?);
    println!("{} call(s) made", transport.calls.load(Ordering::Relaxed));
    Ok(())
}
