//! Checks that a cleaned JPEG has the tables that its scan needs, and no others.
//!
//! A table that the scan does not use may contain a text, but the file that is sent must contain the picture only.
//! Strict readers refuse a file with a missing table or an unusual scan, and others read it.

/// Whether each table is defined once and used, and each that is used is defined; with a frame, a scan and an interval of the
/// length that they must have.
pub(super) fn are_those_of_the_scan(clean: &[u8]) -> bool {
    let (mut defined, mut used) = (Tables::default(), Tables::default());
    let (mut rest, mut intervals) = (clean.get(2..).unwrap_or_default(), 0);
    while let [0xFF, marker, high, low, after @ ..] = rest {
        let length = usize::from(u16::from_be_bytes([*high, *low]));
        let Some((body, next)) = length.checked_sub(2).and_then(|length| after.split_at_checked(length)) else {
            return false;
        };
        rest = next;
        let is_right = match marker {
            0xDB => defined.quantisers_of(body),
            0xC4 => defined.huffman_of(body),
            0xC0 => used.frame(body),
            0xDD => {
                intervals += 1;
                intervals == 1 && body.len() == 2
            }
            0xDA => return used.scan(body) && used == defined,
            _ => true,
        };
        if !is_right {
            return false;
        }
    }
    false
}

/// The numbers of tables, a bit for each.
#[derive(Default, PartialEq)]
struct Tables {
    quantisers: u8,
    dc: u8,
    ac: u8,
}

impl Tables {
    /// Adds a table; false unless it is a new one of the four.
    fn add(set: &mut u8, table: u8) -> bool {
        let is_new = table < 4 && *set & 1 << (table & 3) == 0;
        *set |= 1 << (table & 3);
        is_new
    }

    fn quantisers_of(&mut self, mut body: &[u8]) -> bool {
        while let [kind, values @ ..] = body {
            let Some((_, rest)) = values.split_at_checked(64 << (kind >> 4).min(1)) else { return false };
            if !Self::add(&mut self.quantisers, kind & 15) {
                return false;
            }
            body = rest;
        }
        true
    }

    fn huffman_of(&mut self, mut body: &[u8]) -> bool {
        while let [kind, counts @ ..] = body {
            let Some((counts, symbols)) = counts.split_at_checked(16) else { return false };
            let codes = counts.iter().map(|count| usize::from(*count)).sum();
            let Some((_, rest)) = symbols.split_at_checked(codes) else { return false };
            let set = if kind >> 4 == 0 { &mut self.dc } else { &mut self.ac };
            if !Self::add(set, kind & 15) {
                return false;
            }
            body = rest;
        }
        true
    }

    fn frame(&mut self, body: &[u8]) -> bool {
        let [_, _, _, _, _, count, components @ ..] = body else { return false };
        components.iter().skip(2).step_by(3).for_each(|table| self.quantisers |= 1 << (table & 3));
        components.len() == usize::from(*count) * 3
    }

    fn scan(&mut self, body: &[u8]) -> bool {
        let [count, entries @ .., start, end, bits] = body else { return false };
        for tables in entries.iter().skip(1).step_by(2) {
            (self.dc, self.ac) = (self.dc | 1 << (tables >> 4 & 3), self.ac | 1 << (tables & 3));
        }
        entries.len() == usize::from(*count) * 2 && [*start, *end, *bits] == [0, 63, 0]
    }
}
