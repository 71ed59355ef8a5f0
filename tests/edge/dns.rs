//! A name server that knows one name.

use std::net::{Ipv4Addr, UdpSocket};
use std::thread;

use super::host::is_required;

/// Port 53 is the only one that resolvers ask, so the address is one that no other name server has, nor another run of these tests.
pub fn address() -> Ipv4Addr {
    let [_, _, high, low] = std::process::id().to_be_bytes();
    Ipv4Addr::new(127, 53, high, low.clamp(1, 254))
}

/// The name; it is an alias of 127.0.0.1.
pub const NAME: &str = "dns.edge.test";

const NO_SUCH_NAME: u8 = 3;
const ADDRESSES: u8 = 1;

/// Answers to the end of the tests; `false` where this user may not listen on port 53.
pub fn start() -> bool {
    match UdpSocket::bind((address(), 53)) {
        Ok(socket) => {
            thread::spawn(move || serve(&socket));
            true
        }
        Err(error) => {
            assert!(!is_required(), "no name server on {}:53: {error}", address());
            println!("skipped: a DNS name, since port 53 cannot be listened on: {error}");
            false
        }
    }
}

fn serve(socket: &UdpSocket) {
    let mut question = [0; 512];
    while let Ok((length, from)) = socket.recv_from(&mut question) {
        let _ = socket.send_to(&answer(&question[..length]), from);
    }
}

/// The question with its answer behind it (RFC 1035, 4.1).
fn answer(question: &[u8]) -> Vec<u8> {
    let (header, rest) = question.split_at(12);
    let end = rest.iter().position(|byte| *byte == 0).unwrap() + 5;
    let (name, kind) = (&rest[..end - 4], rest[end - 3]);
    let is_known = name == wire(NAME);
    let has_answer = is_known && kind == ADDRESSES;
    let code = if is_known { 0 } else { NO_SUCH_NAME };
    let mut answer = vec![header[0], header[1], 0x81, 0x80 | code, 0, 1, 0, u8::from(has_answer), 0, 0, 0, 0];
    answer.extend(&rest[..end]);
    if has_answer {
        // The name is that of the question; class IN, for a minute, four bytes.
        answer.extend([0xc0, 12, 0, ADDRESSES, 0, 1, 0, 0, 0, 60, 0, 4, 127, 0, 0, 1]);
    }
    answer
}

/// A name as it stands in a message: each part behind its length.
fn wire(name: &str) -> Vec<u8> {
    let mut bytes = Vec::new();
    for part in name.split('.') {
        bytes.push(part.len() as u8);
        bytes.extend(part.as_bytes());
    }
    bytes.push(0);
    bytes
}
