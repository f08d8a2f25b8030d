//! What the keeper's types print of a check that they hold.

use std::time::Duration;

use liveness::{
    Error, LivenessProvider, Session, Verdict,
    contract::StoreStage,
    keeper::{
        Begun, Browser, Claim, FileSessionStore, Finished, Keeper, Kept, Key, MemorySessionStore, Returned,
        SessionStore, State, StoreError,
    },
};

use crate::show;

/// As `shown` of all types.
pub(crate) fn shown(
    provider: impl LivenessProvider + 'static,
    session: &Session,
    verdict: &Verdict,
    error: Error,
) -> Vec<(&'static str, String)> {
    let (store, key) = (MemorySessionStore::new(), Key::of("t0ken"));
    let kept = Kept::new(serde_json::to_string(session).unwrap(), true, session.expires());
    store.put(&key, &kept).unwrap();
    let folder = env!("CARGO_TARGET_TMPDIR").to_owned() + "/kept";
    let state = State::parse("t0ken-t0ken-t0ken-t0ke").unwrap();
    vec![
        show("Key", &key),
        show("Kept", &kept),
        show("Claimed", store.claim(&key, Duration::from_secs(1)).unwrap()),
        show("Claim", Claim::new(key, 1)),
        show("Keeper", Keeper::new(provider, store.clone())),
        show("MemorySessionStore", &store),
        show("StoreStage", StoreStage::new(store, |_| {})),
        show("OpenEntries", FileSessionStore::open(&folder).unwrap().scan_open().unwrap()),
        show("FileSessionStore", FileSessionStore::open(folder).unwrap()),
        show("StoreError", StoreError::new("full")),
        show("State", &state),
        show("Browser", Browser::parse(&"t0ken-".repeat(8)[..43]).unwrap()),
        show("Begun", Begun::Done(verdict.clone())),
        show("Begun", Begun::Open { state, session: session.clone() }),
        show("Returned", Returned::Pending(session.clone())),
        show("Finished", Finished { session: session.clone(), result: Err(error) }),
    ]
}
