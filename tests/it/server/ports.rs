//! The ports: opened, listed and closed.

use super::*;

#[test]
fn every_port_lists_all_ports_under_the_requested_host_name() {
    let listeners = [0, 0].map(|port| Listener::bind((Ipv4Addr::UNSPECIFIED, port).into()).unwrap());
    let addresses = [0, 1].map(|index: usize| listeners[index].address().unwrap());
    let port = |(address, name): (SocketAddr, &str)| Target { address, services: vec![name.to_owned()] };
    let ports = addresses.into_iter().zip(["a", "b"]).map(port).collect();
    let facts = Arc::new(ProcessFacts::new());
    facts.set_targets(Targets { ports, ..Targets::default() });
    let server = HttpServer::new(None, 2).unwrap();
    for listener in listeners {
        let site = Site::among(&facts, Vec::new(), Health::new().unwrap());
        server.serve(listener, &site).unwrap();
    }
    for address in addresses {
        let told = |request: &str| {
            let response = ask(connect((Ipv4Addr::LOCALHOST, address.port()).into()), request);
            assert!(response.head.starts_with("HTTP/1.1 200 "), "{}", response.head);
            assert_eq!(response.header("Content-Type"), Some("application/json"));
            let groups: serde_json::Value = serde_json::from_slice(&response.body).unwrap();
            let target = |index: usize| groups[index]["targets"][0].as_str().unwrap().to_owned();
            [target(0), target(1)]
        };
        let expected = |host: &str| addresses.map(|address| format!("{host}:{}", address.port()));
        let by = |host: &str| told(&format!("GET /-/targets HTTP/1.1\r\nHost: {host}\r\n\r\n"));
        assert_eq!(by("cton.internal:1234"), expected("cton.internal"));
        assert_eq!(by("[::1]"), expected("[::1]"));
        let unnamed = told("GET /-/targets HTTP/1.0\r\n\r\n");
        assert_eq!(by("a:b"), unnamed, "what is no host is none");
        assert!(unnamed[0].ends_with(&format!(":{}", addresses[0].port())), "{unnamed:?}");
    }
}

#[test]
fn a_shutdown_waits_for_responses_within_a_limit() {
    let (address, site, server) = with_server((Ipv4Addr::LOCALHOST, 0));
    publish(&site, 1_000_000, 1);
    let mut asking = connect(address);
    asking.write_all(b"GET /metr").unwrap();
    let mut reading = connect(address);
    reading.write_all(get("").as_bytes()).unwrap();
    let mut start = [0; 12];
    reading.read_exact(&mut start).unwrap();
    thread::scope(|scope| {
        let closing = scope.spawn(|| server.close(Duration::from_secs(120)));
        assert_eq!(asking.read(&mut [0]).unwrap_or(0), 0, "who has not asked is not waited for");
        let late = ask(connect(address), &get(""));
        assert!(
            late.head.starts_with("HTTP/1.1 503 ") && late.header("Retry-After").is_some(),
            "{}",
            late.head
        );
        let mut rest = Vec::new();
        reading.read_to_end(&mut rest).unwrap();
        assert!(rest.len() > 10_000_000, "a response on its way arrives whole");
        drop(reading);
        closing.join().unwrap();
    });
    let stuck = connect(address);
    (&stuck).write_all(get("").as_bytes()).unwrap();
    server.close(Duration::from_millis(100));
}

#[test]
fn ipv4_and_ipv6_are_served() {
    let (any4, _) = serve((Ipv4Addr::UNSPECIFIED, 0));
    ask(connect((Ipv4Addr::LOCALHOST, any4.port()).into()), &get(""));
    if TcpListener::bind((Ipv6Addr::LOCALHOST, 0)).is_err() {
        return; // This machine has no IPv6.
    }
    let (any6, _) = serve((Ipv6Addr::UNSPECIFIED, 0));
    ask(connect((Ipv6Addr::LOCALHOST, any6.port()).into()), &get(""));
    ask(connect((Ipv4Addr::LOCALHOST, any6.port()).into()), &get(""));
}

#[test]
fn scrapes_wait_from_the_moment_the_port_is_open() {
    let listener = Listener::bind((Ipv4Addr::LOCALHOST, 0).into()).unwrap();
    let mut stream = connect(listener.address().unwrap());
    stream.write_all(get("").as_bytes()).unwrap();
    let site = Site::new(Vec::new(), Health::new().unwrap());
    HttpServer::new(None, 1).unwrap().serve(listener, &site).unwrap();
    let mut start = [0; 12];
    stream.read_exact(&mut start).unwrap();
    assert_eq!(&start, b"HTTP/1.1 200");
}

#[test]
fn a_port_that_cannot_be_opened_is_reported_with_its_cause() {
    let error = |address: SocketAddr| Listener::bind(address).unwrap_err().to_string();
    let taken = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    let address = taken.local_addr().unwrap();
    assert_eq!(error(address), format!("cannot listen on {address}: another process uses this port"));
    // TEST-NET-1: no machine has it.
    let absent = "cannot listen on 192.0.2.1:9000: this machine has no such address";
    assert_eq!(error(([192, 0, 2, 1], 9000).into()), absent);
    // Unless the tests run as root.
    if let Err(error) = Listener::bind(([127, 0, 0, 1], 1).into()) {
        assert_eq!(error.to_string(), "cannot listen on 127.0.0.1:1: no permission to open this port");
    }
}
