//! Another product of the same Jumdata account: fields in, fields and receipt out, under the same signature, retries and money
//! rules as the liveness check. Here a closure plays the vendor.
//!
//! ```sh
//! cargo run --example jumdata_sibling
//! ```

use liveness::{Body, Error, ErrorKind, Jumdata, Request, Response, jumdata, sandbox::Sandbox};

fn main() -> Result<(), Error> {
    // In a service this is `UreqTransport`. What the fields and the codes of a product mean stands on the vendor's page.
    let vendor = |request: Request| {
        assert_eq!(request.uri().path(), "/idcard/check");
        Ok(Response::new(Body::from(r#"{"code":200,"charge":true,"taskNo":"77","data":{"result":"1","desc":"一致"}}"#)))
    };
    let keys: jumdata::Credentials = Sandbox::jumdata_credentials();
    let api = Jumdata::new(keys, vendor).api();
    match api.call("/idcard/check", [("name", "张三"), ("idcard", "11010519491231002X")]) {
        Ok(answer) => {
            let (result, number) = (answer.data().text("result"), answer.receipt().request_id());
            println!("result {result:?}, request {number:?}, billed {}", answer.billed());
            assert_eq!((result.as_deref(), number), (Some("1"), Some("77")));
        }
        Err(lost) if lost.kind() == ErrorKind::OutcomeUnknown => eprintln!("reconcile before retrying: {lost}"),
        Err(error) => return Err(error),
    }
    Ok(())
}

#[test]
fn it_runs() {
    assert!(main().is_ok());
}
