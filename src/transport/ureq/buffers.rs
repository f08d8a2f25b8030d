//! The buffers of a connection, wiped afterwards.

use ureq::unversioned::transport::Buffers;

use crate::model::Wiped;

/// The bytes of a request that go to the system at once: the form of the largest photo that a vendor accepts. In
/// three parts it took longer (benches/README.md).
const OUTPUT_BYTES: usize = 160 * 1024;
/// Room for a usual answer. It grows for a long head.
const INPUT_BYTES: usize = 16 * 1024;
/// The size of ureq's own buffers: twice the longest head that is accepted.
const MAX_INPUT_BYTES: usize = 128 * 1024;
/// The least scratch room that ureq expects.
const MIN_SCRATCH_BYTES: usize = 10 * 1024;

/// The buffers of one request. ureq's own keep their old content. These contain a photo, a signature and an answer,
/// and are wiped when they are dropped or grow.
#[derive(Default)]
pub(super) struct WipedBuffers {
    input: Wiped,
    /// The part of the input that is still to be read.
    from: usize,
    to: usize,
    output: Wiped,
    is_progress: bool,
}

impl WipedBuffers {
    /// Makes room behind the input for at least this many bytes, as far as the limit allows.
    fn make_room(&mut self, least: usize) {
        if self.from == self.to {
            (self.from, self.to) = (0, 0);
        }
        if self.from > 0 && self.input.len() - self.to < least {
            self.input.copy_within(self.from..self.to, 0);
            (self.from, self.to) = (0, self.to - self.from);
        }
        if self.input.len() - self.to < least {
            let bytes = (self.to + least).max(INPUT_BYTES).next_power_of_two().min(MAX_INPUT_BYTES);
            if bytes > self.input.len() {
                let mut larger = Wiped::zeroed(bytes);
                larger[..self.to].copy_from_slice(&self.input[..self.to]);
                self.input = larger;
            }
        }
    }

    fn make_output(&mut self) {
        if self.output.is_empty() {
            self.output = Wiped::zeroed(OUTPUT_BYTES);
        }
    }
}

impl Buffers for WipedBuffers {
    fn output(&mut self) -> &mut [u8] {
        self.make_output();
        &mut self.output
    }

    fn input(&self) -> &[u8] {
        &self.input[self.from..self.to]
    }

    fn input_append_buf(&mut self) -> &mut [u8] {
        self.make_room(1);
        &mut self.input[self.to..]
    }

    fn input_appended(&mut self, amount: usize) {
        self.to += amount;
    }

    fn input_consume(&mut self, amount: usize) {
        self.is_progress = amount > 0;
        self.from += amount;
    }

    fn tmp_and_output(&mut self) -> (&mut [u8], &mut [u8]) {
        self.make_room(MIN_SCRATCH_BYTES);
        self.make_output();
        (&mut self.input[self.to..], &mut self.output)
    }

    fn can_use_input(&self) -> bool {
        self.from < self.to && self.is_progress
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn append(buffers: &mut WipedBuffers, bytes: &[u8]) {
        let mut bytes = bytes;
        while !bytes.is_empty() {
            let room = buffers.input_append_buf();
            let count = room.len().min(bytes.len());
            assert_ne!(count, 0);
            room[..count].copy_from_slice(&bytes[..count]);
            buffers.input_appended(count);
            bytes = &bytes[count..];
        }
    }

    #[test]
    fn what_was_appended_is_read_in_order_however_much_is_left_over() {
        let all: Vec<u8> = (0..=250).cycle().take(100_000).collect();
        for step in [1_000, 7_001, 40_000] {
            let (mut buffers, mut read) = (WipedBuffers::default(), Vec::new());
            for part in all.chunks(step) {
                append(&mut buffers, part);
                let count = buffers.input().len() * 2 / 3;
                read.extend_from_slice(&buffers.input()[..count]);
                buffers.input_consume(count);
            }
            read.extend_from_slice(buffers.input());
            assert!(read == all, "{step}");
        }
    }

    #[test]
    fn the_input_ends_where_a_head_is_longer_than_any_that_is_taken() {
        let mut buffers = WipedBuffers::default();
        append(&mut buffers, &vec![1; MAX_INPUT_BYTES]);
        assert_eq!(buffers.input_append_buf().len(), 0);
        buffers.input_consume(MAX_INPUT_BYTES);
        assert_eq!((buffers.input().len(), buffers.input_append_buf().len()), (0, MAX_INPUT_BYTES));
    }

    #[test]
    fn input_that_could_not_be_used_waits_for_more() {
        let mut buffers = WipedBuffers::default();
        append(&mut buffers, b"HTTP/1.1");
        buffers.input_consume(0);
        assert!(!buffers.can_use_input());
        buffers.input_consume(1);
        assert!(buffers.can_use_input());
        buffers.input_consume(7);
        assert!(!buffers.can_use_input());
    }
}
