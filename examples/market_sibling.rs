//! Another listing of the Tencent cloud market: fields in, fields and receipt out, under the same signature, retries and money
//! rules as the face compare. Here a closure plays the listing.
//!
//! ```sh
//! cargo run --example market_sibling
//! ```

use liveness::{Body, Error, ErrorKind, Request, Response, TencentMarket, answer::Layout, sandbox::Sandbox};

/// Where this listing's answers say what every answer says; its page tells.
const LAYOUT: Layout = Layout::new("code").with_message(&["msg"]).with_request_id(&["seqno"]);

fn main() -> Result<(), Error> {
    // In a service this is `UreqTransport`, and the address is the one in the buyer's console.
    let vendor = |_: Request| {
        Ok(Response::new(Body::from(r#"{"code":"0","msg":"成功","seqno":"S-77","result":{"match":"1"}}"#)))
    };
    let address = "https://service-0example-1250000000.gz.apigw.tencentcs.com/release/two-elements";
    let market = TencentMarket::new(Sandbox::tencent_market_credentials(), vendor).with_endpoint(address)?;
    match market.listing().call(&LAYOUT, [("name", "张三"), ("idcard", "11010519491231002X")]) {
        Ok(answer) => {
            let (result, number) = (answer.fields().object("result").text("match"), answer.receipt().request_id());
            println!("match {result:?}, request {number:?}, billed {}", answer.billed());
            assert_eq!((result.as_deref(), number), (Some("1"), Some("S-77")));
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
