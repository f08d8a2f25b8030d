//! The scans that a progressive file may have, and what they tell of its coefficients.

use super::encoder::{Picture, Scan};

/// Coarser than that DC is never left: the sequential file it is compared with holds no more than 8 bits and a sign.
const COARSEST_DC: u32 = 3;

/// For each component the lowest bit told of each coefficient; `None` before its first scan.
type Told = Vec<[Option<u32>; 64]>;

/// A valid script, drawn by `choices`: each is a scan, left out where the scans before do not allow it.
pub(crate) fn scans(picture: &Picture, choices: &[u32]) -> Vec<Scan> {
    let count = picture.components.len();
    let mut told: Told = vec![[None; 64]; count];
    let mut scans: Vec<Scan> = Vec::new();
    // The first scan of a component is of its DC (T.81 §G.1.1.1.1). Together, in two scans, or each alone.
    let first = choices.first().copied().unwrap_or_default();
    let groups: &[&[usize]] = match (count, first % 3) {
        (1, _) => &[&[0]],
        (_, 0) => &[&[0, 1, 2]],
        (_, 1) => &[&[0, 2], &[1]],
        _ => &[&[0], &[1], &[2]],
    };
    let coarse = [0, 1, 2, 13][first as usize / 3 % 4];
    for group in groups {
        push(&mut scans, &mut told, scan(group.to_vec(), (0, 0), (0, coarse), first / 12));
    }
    for &choice in choices.iter().skip(1) {
        let [kind, component, a, b] = [choice % 8, choice / 8 % 3, choice / 24 % 63, choice / 1512 % 63];
        let component = component as usize % count;
        let rest = choice / 95_256;
        // Often all of AC.
        let (start, end) = if kind % 4 == 3 { (1, 63) } else { (1 + a.min(b) as usize, 1 + a.max(b) as usize) };
        let band = &told[component][start..=end];
        match kind {
            // A refinement of DC, of all that stand alike or of one.
            0 | 1 => {
                let bit = told[component][0];
                let alike = (0..count).filter(|&other| told[other][0] == bit && (kind == 0 || other == component));
                if let Some(high @ 1..) = bit {
                    let alike = alike.collect();
                    push(&mut scans, &mut told, scan(alike, (0, 0), (high, high - 1), rest));
                }
            }
            // A scan that came already, of what was not refined since.
            2 => {
                let again = scans.get(rest as usize % scans.len()).cloned();
                let stands = |scan: &Scan| {
                    let stands =
                        |&index: &usize| told[index][scan.start..=scan.end].iter().all(|&bit| bit == Some(scan.low));
                    scan.high == 0 && scan.components.iter().all(stands)
                };
                scans.extend(again.filter(stands));
            }
            // A band for the first time.
            3..=5 => {
                // Up to what is told already.
                let free = band.iter().take_while(|bit| bit.is_none()).count();
                if free > 0 {
                    let low = [0, 1, 2, 7][rest as usize % 4];
                    let band = (start, start + free - 1);
                    push(&mut scans, &mut told, scan(vec![component], band, (0, low), rest / 4));
                }
            }
            // A refinement of a band, up to what stands otherwise.
            _ => {
                if let Some(high @ 1..) = band[0] {
                    let alike = band.iter().take_while(|&&bit| bit == Some(high)).count();
                    let band = (start, start + alike - 1);
                    push(&mut scans, &mut told, scan(vec![component], band, (high, high - 1), rest));
                }
            }
        }
    }
    for component in 0..count {
        while let Some(high) = told[component][0].filter(|&bit| bit > COARSEST_DC) {
            push(&mut scans, &mut told, scan(vec![component], (0, 0), (high, high - 1), first));
        }
    }
    scans
}

fn scan(components: Vec<usize>, (start, end): (usize, usize), (high, low): (u32, u32), choice: u32) -> Scan {
    let restart_interval = [0, 0, 1, 5][choice as usize % 4];
    let longest_run = [0x7FFF, 1, 3, 40][choice as usize / 4 % 4];
    let has_long_codes = choice / 16 % 4 == 3;
    Scan { components, start, end, high, low, restart_interval, longest_run, has_long_codes }
}

fn push(scans: &mut Vec<Scan>, told: &mut Told, scan: Scan) {
    for &component in &scan.components {
        told[component][scan.start..=scan.end].fill(Some(scan.low));
    }
    scans.push(scan);
}

/// The picture as far as the scans tell it.
pub(crate) fn known(picture: &Picture, scans: &[Scan]) -> Picture {
    let mut told: Told = vec![[None; 64]; picture.components.len()];
    scans.iter().for_each(|scan| push(&mut Vec::new(), &mut told, scan.clone()));
    let mut known = picture.clone();
    for (component, told) in known.components.iter_mut().zip(told) {
        for (index, coefficient) in component.blocks.iter_mut().flat_map(|block| block.iter_mut().enumerate()) {
            *coefficient = match told[index] {
                None => 0,
                // DC is cut towards minus infinity, AC towards zero (T.81 §G.1.2.1).
                Some(low) if index == 0 => *coefficient >> low << low,
                Some(low) => coefficient.signum() * (coefficient.abs() >> low << low),
            };
        }
    }
    known
}
