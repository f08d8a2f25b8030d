//! Writes a photo into a form as Base64 whose `+`, `/` and `=` are escaped, in one pass.

use std::mem;

use crate::model::Wiped;

/// Bytes of a pair; its last byte gives how many of them count.
const PAIR_BYTES: usize = 8;
/// Bytes of a photo that become four pairs, whose places are computed before any of them is written.
const STEP: usize = 6;
/// The most bytes that a step may write, most of which the next one overwrites.
const SLACK: usize = 4 * PAIR_BYTES;
const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
/// The escaped form of `=`.
const PADDING: &[u8] = b"%3D";

/// Two characters of Base64 as they are in a form, indexed by their twelve bits.
static PAIRS: [[u8; PAIR_BYTES]; 1 << 12] = pairs();

/// The room that a photo of this many bytes needs in a form, in all but the rarest cases: an eighth more than Base64.
/// Of 64 characters two are escaped. That is a sixteenth more where all are as frequent, as they nearly are in a
/// compressed photo.
pub(super) fn room(photo_bytes: usize) -> usize {
    let characters = photo_bytes.div_ceil(3) * 4;
    characters + characters / 8 + SLACK
}

/// Appends a photo to a form that has [`room`] for it; without the room, the form moves.
pub(super) fn append(form: &mut Vec<u8>, photo: &[u8]) {
    let left = fill(form, photo, room(photo.len()));
    let more = length(left);
    let left = if form.capacity() - form.len() < more {
        // If it grew on its own, it would leave a copy behind.
        let mut larger = Vec::with_capacity(form.len() + more + SLACK);
        larger.extend_from_slice(form);
        drop(Wiped::from(mem::replace(form, larger)));
        fill(form, left, more + SLACK)
    } else {
        left
    };
    let (triples, rest) = left.as_chunks::<3>();
    for half in triples.iter().flat_map(|triple| halves(*triple)) {
        form.extend_from_slice(&PAIRS[half][..count(half)]);
    }
    form.extend_from_slice(&rest_of(rest));
}

/// Appends as many whole steps of a photo as have this room, and returns the rest of it.
fn fill<'p>(form: &mut Vec<u8>, photo: &'p [u8], room: usize) -> &'p [u8] {
    let (mut at, mut left) = (form.len(), photo);
    // Each pair is written with unused bytes behind it, which the next one overwrites.
    form.resize(at + room, 0);
    while let Some((&[a, b, c, d, e, f], rest)) = left.split_first_chunk::<STEP>() {
        let pairs = [[a, b, c], [d, e, f]].map(|triple| halves(triple).map(|half| PAIRS[half]));
        let Some(place) = form.get_mut(at..).and_then(<[u8]>::first_chunk_mut::<SLACK>) else { break };
        let mut end = 0;
        for pair in pairs.as_flattened() {
            place[end..end + PAIR_BYTES].copy_from_slice(pair);
            // Three bits, so that the compiler sees that the four have room.
            end += usize::from(pair[PAIR_BYTES - 1] & 7);
        }
        at += end;
        left = rest;
    }
    form.truncate(at);
    left
}

/// The length of this much of a photo in a form.
fn length(photo: &[u8]) -> usize {
    let (triples, rest) = photo.as_chunks::<3>();
    let whole: usize = triples.iter().map(|triple| halves(*triple).map(count).iter().sum::<usize>()).sum();
    whole + rest_of(rest).len()
}

/// The indices of a triple's two pairs.
fn halves([a, b, c]: [u8; 3]) -> [usize; 2] {
    let bits = usize::from(a) << 16 | usize::from(b) << 8 | usize::from(c);
    [bits >> 12, bits & 0xFFF]
}

fn count(half: usize) -> usize {
    usize::from(PAIRS[half][PAIR_BYTES - 1])
}

/// The escaped form of the last one or two bytes, with their padding.
fn rest_of(rest: &[u8]) -> Vec<u8> {
    let pair = |half: usize| &PAIRS[half][..count(half)];
    match *rest {
        [a] => [pair(halves([a, 0, 0])[0]), PADDING, PADDING].concat(),
        [a, b] => {
            let [first, second] = halves([a, b, 0]);
            // Of the second pair only the first character.
            let (character, bytes) = escaped(ALPHABET[second >> 6]);
            [pair(first), &character[..bytes], PADDING].concat()
        }
        _ => Vec::new(),
    }
}

const fn pairs() -> [[u8; PAIR_BYTES]; 1 << 12] {
    let mut pairs = [[0; PAIR_BYTES]; 1 << 12];
    let mut index = 0;
    while index < pairs.len() {
        let mut length = 0;
        let characters = [ALPHABET[index >> 6], ALPHABET[index & 63]];
        let mut character = 0;
        while character < characters.len() {
            let (text, bytes) = escaped(characters[character]);
            let mut byte = 0;
            while byte < bytes {
                pairs[index][length] = text[byte];
                (length, byte) = (length + 1, byte + 1);
            }
            character += 1;
        }
        pairs[index][PAIR_BYTES - 1] = length as u8;
        index += 1;
    }
    pairs
}

/// A character of Base64 in a form, and how many bytes of it count.
const fn escaped(character: u8) -> ([u8; 3], usize) {
    match character {
        b'+' => (*b"%2B", 3),
        b'/' => (*b"%2F", 3),
        plain => ([plain, 0, 0], 1),
    }
}

#[cfg(test)]
mod tests {
    use base64::{Engine, prelude::BASE64_STANDARD};
    use form_urlencoded::byte_serialize;
    use proptest::{collection::vec, prelude::*};

    use super::*;

    proptest! {
        #[test]
        fn a_photo_is_written_as_base64_that_was_escaped_afterwards(
            photo in vec(any::<u8>(), 0..400),
            ones in 0..400usize,
            is_all in any::<bool>(),
        ) {
            // Bytes of ones are all `/`, the longest that there is, so that the room is not enough.
            let mut photo = photo;
            let from = if is_all { 0 } else { photo.len().saturating_sub(ones) };
            photo[from..].fill(0xFF);
            let mut form = b"photo=".to_vec();
            append(&mut form, &photo);
            let expected: String = byte_serialize(BASE64_STANDARD.encode(&photo).as_bytes()).collect();
            prop_assert_eq!(&form[6..], expected.as_bytes());
            prop_assert_eq!(length(&photo), expected.len());
        }
    }

    #[test]
    fn a_form_with_room_for_a_usual_photo_does_not_move() {
        // As even as a compressed photo is.
        let photo: Vec<u8> = (0..99_998u32).map(|i| (i.wrapping_mul(2_654_435_761) >> 24) as u8).collect();
        let mut form = Vec::with_capacity(room(photo.len()));
        let before = form.as_ptr();
        append(&mut form, &photo);
        assert_eq!(form.as_ptr(), before);
    }
}
