//! Users and their passwords.

use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread;

use base64::Engine as _;
use socket2::{Domain, Socket, Type};

use super::*;

#[test]
fn only_users_of_the_file_are_admitted() {
    let Some(_) = tool("curl") else { return };
    let users =
        format!("basic_auth_users: {{ann: '{}', bob: '{}'}}\n", hashed("secret"), hashed("pass:word"));
    let cton = Exporter::start("web-users", &users);
    let (status, response) = cton.curl("http", &[]);
    assert!(status == 401 && response.contains("\r\nWWW-Authenticate: Basic\r\n"), "{status} {response}");
    assert!(!response.contains("incidents"));
    for (pair, expected) in
        [("ann:secret", 200), ("bob:pass:word", 200), ("ann:pass:word", 401), ("eve:secret", 401)]
    {
        for _ in 0..3 {
            assert_eq!(cton.curl("http", &["-u", pair]).0, expected, "{pair}");
        }
    }
    for path in ["/", "/api/v1/status", "/-/healthy", "/nothing"] {
        let mut curl = Command::new("curl");
        curl.args(["-s", "--noproxy", "*", "-o", "/dev/null", "-w", "%{http_code}"]);
        let output = curl.arg(format!("http://localhost:{}{path}", cton.port)).output().unwrap();
        assert_eq!(String::from_utf8(output.stdout).unwrap(), "401", "{path}");
    }
    let mut stream = TcpStream::connect(("127.0.0.1", cton.port)).unwrap();
    stream.write_all(b"HEAD /metrics HTTP/1.1\r\nHost: x\r\n\r\n").unwrap();
    let mut response = String::new();
    stream.read_to_string(&mut response).unwrap();
    assert!(
        response.starts_with("HTTP/1.1 401 ") && response.ends_with("\r\n\r\n"),
        "no body is asked for: {response}"
    );
    cton.served.settle();
    let log = cton.served.log().join("\n");
    assert!(!log.contains("secret") && !log.contains("$2"), "{log}");
}

#[test]
fn password_guessing_from_twelve_addresses_blocks_no_scraper() {
    const TRIES: u8 = 8;
    let user = |n: u8| format!("u{n}: '{}'", hashed(&format!("password {n}")));
    // Four times as slow as the others, and a password waits 10 s for its turn at most.
    let slow = format!("slow: '{}'", "$2y$06$X0h1gDsPszWURQaxFh.zoubFi6DXncSjhoQNJgRrnGs7EsimhC7zG");
    let users: Vec<String> = (0..TRIES).map(user).chain([slow]).collect();
    let cton = Exporter::start("web-guesses", &format!("basic_auth_users: {{{}}}\n", users.join(", ")));
    let (over, guesses) = (AtomicBool::new(false), AtomicUsize::new(0));
    let port = cton.port;
    thread::scope(|scope| {
        for guesser in 0..24_u8 {
            let (over, guesses) = (&over, &guesses);
            scope.spawn(move || {
                let names = ["slow".to_owned(), format!("u{}", guesser % TRIES), format!("nobody {guesser}")];
                for (n, name) in names.iter().cycle().enumerate() {
                    if over.load(Ordering::Relaxed) {
                        return;
                    }
                    let _ = log_in([127, 0, 0, 10 + guesser % 12], port, name, &format!("{guesser} {n}"));
                    guesses.fetch_add(1, Ordering::Relaxed);
                }
            });
        }
        cton.served.until("guesses are under way", || guesses.load(Ordering::Relaxed) > 24);
        let let_in = |n: u8| log_in([127, 0, 0, 100], port, &format!("u{n}"), &format!("password {n}"));
        let let_in: Vec<_> = (0..TRIES).map(let_in).collect();
        over.store(true, Ordering::Relaxed);
        assert_eq!(let_in, [200; TRIES as usize].map(Some));
    });
}

/// The status of a scrape from an address of this machine.
fn log_in(from: [u8; 4], port: u16, user: &str, password: &str) -> Option<u16> {
    let socket = Socket::new(Domain::IPV4, Type::STREAM, None).ok()?;
    socket.bind(&SocketAddr::from((from, 0)).into()).ok()?;
    socket.connect(&SocketAddr::from(([127, 0, 0, 1], port)).into()).ok()?;
    let mut stream = TcpStream::from(socket);
    let pair = base64::engine::general_purpose::STANDARD.encode(format!("{user}:{password}"));
    write!(stream, "GET /metrics HTTP/1.1\r\nHost: x\r\nAuthorization: Basic {pair}\r\n\r\n").ok()?;
    let mut status = [0; 12];
    stream.read_exact(&mut status).ok()?;
    std::str::from_utf8(&status).ok()?.rsplit_once(' ')?.1.parse().ok()
}
