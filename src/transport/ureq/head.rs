//! Limits the lines in the head of an answer.

use std::time::Instant;

use ureq::{
    Error,
    unversioned::transport::{Buffers, ConnectionDetails, Connector, NextTimeout, Transport},
};

use super::error::MAX_HEADER_BYTES;
use crate::model::Wiped;

/// ureq refuses an answer of more than 128 lines, and a paid answer with it. Of a longer head this many lines are
/// passed on.
const MAX_LINES: usize = 100;
/// The headers that are never left out: the framing, and those that a vendor's answer is read by.
const KEPT: [&str; 11] = [
    "connection",
    "content-encoding",
    "content-length",
    "content-type",
    "date",
    "keep-alive",
    "location",
    "transfer-encoding",
    "x-liveness-sandbox",
    "x-ratelimit-limit",
    "x-ratelimit-used",
];

/// Shortens the head of an answer that has too many lines for ureq.
#[derive(Debug)]
pub(super) struct ShortHead;

impl<In: Transport> Connector<In> for ShortHead {
    type Out = Shortened<In>;

    fn connect(&self, _: &ConnectionDetails<'_>, chained: Option<In>) -> Result<Option<Self::Out>, Error> {
        Ok(chained.map(|inner| Shortened { inner, is_past_head: false }))
    }
}

/// A connection whose answer's head has at most as many lines as ureq accepts.
#[derive(Debug)]
pub(super) struct Shortened<T> {
    inner: T,
    /// From here on everything is body.
    is_past_head: bool,
}

impl<T: Transport> Transport for Shortened<T> {
    fn buffers(&mut self) -> &mut dyn Buffers {
        self.inner.buffers()
    }

    fn transmit_output(&mut self, amount: usize, timeout: NextTimeout) -> Result<(), Error> {
        self.inner.transmit_output(amount, timeout)
    }

    fn await_input(&mut self, timeout: NextTimeout) -> Result<bool, Error> {
        if self.is_past_head {
            return self.inner.await_input(timeout);
        }
        let start = Instant::now();
        loop {
            let mut left = timeout;
            if let Some(rest) = timeout.after.checked_sub(start.elapsed()) {
                left.after = rest.into();
            } else {
                return Err(Error::Timeout(timeout.reason));
            }
            let had = self.inner.buffers().input().len();
            let progress = self.inner.await_input(left)?;
            let buffers = self.inner.buffers();
            let input = buffers.input();
            // The other side closed, or the head is too long: ureq reports either.
            let end = final_head(input);
            if input.len() == had || (end.is_none() && input.len() > MAX_HEADER_BYTES) {
                self.is_past_head = true;
                return Ok(progress);
            }
            let Some(end) = end else { continue };
            self.is_past_head = true;
            if let Some(short) = shortened(&input[..end]) {
                let mut all = short;
                all.append(&input[end..]);
                let length = input.len();
                buffers.input_consume(length);
                buffers.input_append_buf()[..all.len()].copy_from_slice(&all);
                buffers.input_appended(all.len());
            }
            return Ok(true);
        }
    }

    fn is_open(&mut self) -> bool {
        self.inner.is_open()
    }

    fn is_tls(&self) -> bool {
        self.inner.is_tls()
    }
}

/// The end of the answer's head, behind those of interim answers (1xx), once it has arrived.
fn final_head(input: &[u8]) -> Option<usize> {
    let mut start = 0;
    loop {
        let head = &input[start..];
        let end = start + end_of_head(head)?;
        // 101 is no interim answer, because what follows it is not HTTP.
        let is_interim = head
            .get(..12)
            .is_some_and(|line| line.starts_with(b"HTTP/1.") && line[8..10] == *b" 1" && line[10..] != *b"01");
        if !is_interim {
            return Some(end);
        }
        start = end;
    }
}

/// Behind the empty line that ends a head; the parser takes lines that end without a carriage return too.
fn end_of_head(head: &[u8]) -> Option<usize> {
    let mut ends = head.iter().enumerate().filter(|(_, byte)| **byte == b'\n').map(|(at, _)| at + 1);
    ends.find_map(|at| match &head[at..] {
        [b'\n', ..] => Some(at + 1),
        [b'\r', b'\n', ..] => Some(at + 2),
        _ => None,
    })
}

/// The same head with fewer lines, if it has too many.
fn shortened(head: &[u8]) -> Option<Wiped> {
    let lines: Vec<_> = head.split_inclusive(|byte| *byte == b'\n').collect();
    if lines.len() <= MAX_LINES {
        return None;
    }
    let must_stay = |line: &&[u8]| {
        let name = line.split(|byte| *byte == b':').next().unwrap_or_default();
        KEPT.iter().any(|kept| name.eq_ignore_ascii_case(kept.as_bytes()))
    };
    // Where there are too many of these ureq refuses the answer: without one of them it may be read wrongly.
    let mut room = MAX_LINES.saturating_sub(lines.iter().filter(|line| must_stay(line)).count());
    let mut short = Wiped::with_capacity(head.len());
    for line in lines {
        // The status lines of interim answers and of this one, and the lines that end them.
        let is_frame = line == b"\r\n" || line == b"\n" || line.starts_with(b"HTTP/");
        if is_frame || must_stay(&line) {
            short.append(line);
        } else if room > 0 {
            room -= 1;
            short.append(line);
        }
    }
    Some(short)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_a_long_head_what_frames_the_answer_stays() {
        let many: String = (0..300).map(|i| format!("X-Line-{i}: v\r\n")).collect();
        let head = format!("HTTP/1.1 200 OK\r\n{many}Content-Length: 7\r\nDATE: x\r\n\r\n");
        let short = String::from_utf8(shortened(head.as_bytes()).unwrap().to_vec()).unwrap();
        assert!(
            short.starts_with("HTTP/1.1 200 OK\r\nX-Line-0: v\r\n") && short.ends_with("DATE: x\r\n\r\n"),
            "{short}"
        );
        assert!(short.contains("Content-Length: 7\r\n") && short.lines().count() <= MAX_LINES + 3);
        assert!(shortened(b"HTTP/1.1 200 OK\r\nContent-Length: 7\r\n\r\n").is_none());
    }

    #[test]
    fn interim_answers_are_passed_over() {
        let both = b"HTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\nHTTP/1.1 200 OK\r\n\r\nbody";
        assert_eq!(final_head(both), Some(both.len() - 4));
        assert_eq!(final_head(b"HTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\nHTTP/1.1 200 OK\r\n"), None);
        assert_eq!(final_head(b"HTTP/1.1 100 Continue\r\n\r\n"), None);
        assert_eq!(final_head(b"HTTP/1.1 101 Switching Protocols\r\n\r\n"), Some(36), "the last one");
        assert_eq!(final_head(b"garbage"), None);
        assert_eq!(final_head(b"HTTP/1.1 200 OK\nA: b\n\nbody"), Some(22));
    }
}
