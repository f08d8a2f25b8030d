//! The service: `POST /checks` and `GET /healthz` over one vendor, with a journal.
//!
//! | variable | meaning |
//! |---|---|
//! | `LISTEN` | the address, 127.0.0.1:8080 unless set; port 0 takes a free one |
//! | `JOURNAL` | the folder of the journal, `journal` unless set |
//! | `WORKERS`, `WAITING` | how many checks run at once (16), and how many requests wait (16) |
//!
//! The vendor's own variables are those of `liveness::from_env`. Without them it answers from the sandbox, and says so.

use std::{env, error::Error, io::Write, sync::Arc};

use liveness::{
    LivenessProvider, Sandbox, TencentMarket,
    money::{AtMostOnce, FileJournal},
};
use liveness_async_service::{pool::Pool, web::Service};
use tokio::{net::TcpListener, runtime::Builder};

const DEFAULT_WORKERS: u16 = 16;
const DEFAULT_WAITING: u16 = 16;

fn main() -> Result<(), Box<dyn Error>> {
    let vendor = vendor()?;
    let journal = FileJournal::open(env::var("JOURNAL").unwrap_or_else(|_| "journal".to_owned()))?;
    let provider = Arc::new(AtMostOnce::new(vendor, journal)?);
    let pool = Pool::new(number("WORKERS", DEFAULT_WORKERS)?, number("WAITING", DEFAULT_WAITING)?);
    let service = Service::new(provider, pool);
    Builder::new_multi_thread().enable_all().build()?.block_on(async {
        let listen = env::var("LISTEN").unwrap_or_else(|_| "127.0.0.1:8080".to_owned());
        let listener = TcpListener::bind(listen).await?;
        // A reader that has gone away does not matter.
        let _ = writeln!(std::io::stdout(), "http://{}", listener.local_addr()?);
        service.serve(listener, stopped()).await
    })?;
    Ok(())
}

fn vendor() -> Result<Arc<dyn LivenessProvider>, liveness::Error> {
    if env::var_os("LIVENESS_VENDOR").is_some() {
        return liveness::from_env();
    }
    let _ = writeln!(std::io::stderr(), "no keys: answers come from the sandbox 未设置密钥：由沙箱应答");
    Ok(Arc::new(TencentMarket::new(Sandbox::tencent_market_credentials(), Sandbox::new())))
}

fn number(name: &str, default: u16) -> Result<u16, String> {
    env::var(name).map_or(Ok(default), |value| value.parse().map_err(|_| format!("{name} is no number up to 65535")))
}

/// Until the operating system says that the service is to end.
async fn stopped() {
    #[cfg(unix)]
    {
        use tokio::signal::unix::{SignalKind, signal};
        if let Ok(mut terminated) = signal(SignalKind::terminate()) {
            return tokio::select! {
                _ = terminated.recv() => {}
                _ = tokio::signal::ctrl_c() => {}
            };
        }
    }
    let _ = tokio::signal::ctrl_c().await;
}
