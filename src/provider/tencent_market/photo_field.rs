//! How does a photo stand in a form? As Base64 whose `+`, `/` and `=` are escaped, written in one pass.

/// Bytes of a pair, and in the last one how many of them count.
const PAIR_BYTES: usize = 8;
/// Bytes of a photo that become four pairs, whose places are computed before any of them is written.
const STEP: usize = 6;
/// What a step may write, most of which the next one overwrites: a form has so much room behind the photo.
pub(super) const SLACK: usize = 4 * PAIR_BYTES;
const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
/// What an `=` becomes.
const PADDING: &[u8] = b"%3D";

/// Two characters of Base64 as a form has them, by the twelve bits that they stand for.
static PAIRS: [[u8; PAIR_BYTES]; 1 << 12] = pairs();

/// The bytes that [`append`] adds. With room for so many and [`SLACK`] a form does not grow, which would leave a copy behind.
pub(super) fn length(photo: &[u8]) -> usize {
    let (triples, rest) = photo.as_chunks::<3>();
    let whole: usize = triples.iter().map(|triple| halves(*triple).map(count).iter().sum::<usize>()).sum();
    whole + rest_of(rest).len()
}

/// Appends a photo of this [`length`] to a form. With another length the form has to grow, and is the same.
pub(super) fn append(form: &mut Vec<u8>, photo: &[u8], length: usize) {
    let (mut at, mut left) = (form.len(), photo);
    // Each pair is written with what does not count behind it, which the next one overwrites.
    form.resize(at + length + SLACK, 0);
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
    let (triples, rest) = left.as_chunks::<3>();
    for half in triples.iter().flat_map(|triple| halves(*triple)) {
        form.extend_from_slice(&PAIRS[half][..count(half)]);
    }
    form.extend_from_slice(&rest_of(rest));
}

/// The indices of a triple's two pairs.
fn halves([a, b, c]: [u8; 3]) -> [usize; 2] {
    let bits = usize::from(a) << 16 | usize::from(b) << 8 | usize::from(c);
    [bits >> 12, bits & 0xFFF]
}

fn count(half: usize) -> usize {
    usize::from(PAIRS[half][PAIR_BYTES - 1])
}

/// What the last one or two bytes become, with their padding.
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
        fn a_photo_is_written_as_base64_that_was_escaped_afterwards(photo in vec(any::<u8>(), 0..400), repeat in 0..3u8) {
            // Bytes of ones are all `/`, the longest that there is.
            let photo = if repeat == 0 { vec![0xFF; photo.len()] } else { photo };
            let mut form = b"photo=".to_vec();
            append(&mut form, &photo, length(&photo));
            let expected: String = byte_serialize(BASE64_STANDARD.encode(&photo).as_bytes()).collect();
            prop_assert_eq!(&form[6..], expected.as_bytes());
            prop_assert_eq!(length(&photo), expected.len());
            let mut grown = b"photo=".to_vec();
            append(&mut grown, &photo, length(&photo) / 2);
            prop_assert_eq!(grown, form);
        }
    }

    #[test]
    fn a_form_with_room_for_the_photo_and_a_step_does_not_move() {
        let photo: Vec<u8> = (0..=255).cycle().take(99_998).collect();
        let mut form = Vec::with_capacity(length(&photo) + SLACK);
        let before = form.as_ptr();
        append(&mut form, &photo, length(&photo));
        assert_eq!(form.as_ptr(), before);
    }
}
