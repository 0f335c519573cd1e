//! Cumulative flow: how many cases stood where at the end of each day, one band on the other.

use super::plot::{BETWEEN_LABELS, LEFT, RIGHT, finished, upwards};
use super::scale::{Scale, apart};
use super::svg::{Link, Svg};

/// Where cases stand.
#[derive(Debug)]
pub struct Band {
    /// What stands beside it.
    pub name: String,
    /// How it looks.
    pub class: &'static str,
    /// How many stood there at the end of each day.
    pub levels: Vec<i64>,
}

/// A day up to which the bands lead somewhere, from the one before.
#[derive(Debug)]
pub struct Stop {
    /// Which day, from 0.
    pub day: usize,
    /// What each band leads to, in their order.
    pub links: Vec<Link>,
}

/// The picture of bands from the lowest on, all of as many days, up to each of the stops.
pub fn flow(name: &str, bands: &[Band], stops: &[Stop], ends: [&str; 2]) -> String {
    let mut svg = Svg::new(name);
    let days = bands.iter().map(|band| band.levels.len()).max().unwrap_or(0);
    let up_to =
        |band: usize, day: usize| -> i64 { bands.iter().take(band).filter_map(|band| band.levels.get(day)).sum() };
    let most = (0..days).map(|day| up_to(bands.len(), day)).max().unwrap_or(0);
    let up = upwards(most);
    let whole = |number: usize| i64::try_from(number).unwrap_or(i64::MAX);
    let along = Scale::new(0, whole(days.saturating_sub(1)), LEFT, RIGHT);
    let mut from = 0;
    for stop in stops.iter().filter(|stop| stop.day > 0 && stop.day < days) {
        for (at, (band, link)) in bands.iter().zip(&stop.links).enumerate() {
            let edge = |band: usize| (from..=stop.day).map(move |day| (along.at(whole(day)), up.at(up_to(band, day))));
            let piece = |svg: &mut Svg| {
                svg.title(&link.says);
                svg.path(band.class, edge(at + 1).chain(edge(at).rev()));
            };
            // Where nothing stood at the end there is no list to open.
            if band.levels.get(stop.day).is_some_and(|level| *level > 0) {
                svg.link(link, piece);
            } else {
                svg.group(piece);
            }
        }
        from = stop.day;
    }
    let last = days.saturating_sub(1);
    let middle = |band: usize| (up.at(up_to(band, last)) + up.at(up_to(band + 1, last))) / 2.0 + 5.0;
    let labels = apart(&(0..bands.len()).map(middle).collect::<Vec<_>>(), BETWEEN_LABELS);
    for (band, y) in bands.iter().zip(labels) {
        svg.rect(&format!("key {}", band.class), (RIGHT + 8.0, y - 11.0), (12.0, 12.0));
        svg.text("ink", (RIGHT + 26.0, y), &band.name);
    }
    if most > 0 {
        svg.text("end", (LEFT - 4.0, up.at(most) + 5.0), &most.to_string());
    }
    finished(svg, ends)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_band_lies_on_the_one_below_and_leads_somewhere_where_it_holds_something() {
        let band =
            |class: &'static str, levels: &[i64]| Band { name: class.to_owned(), class, levels: levels.to_vec() };
        let link = |address: &str| Link { address: address.to_owned(), says: String::new() };
        let stop = Stop { day: 2, links: vec![link("/ended"), link("/open")] };
        let svg = flow("flow", &[band("ended", &[0, 1, 4]), band("open", &[2, 1, 0])], &[stop], ["a", "b"]);
        assert!(svg.contains("class=\"ended\" points=\"30,160 230,126 430,24 430,160 230,160 30,160 \""), "{svg}");
        assert!(svg.contains("class=\"open\" points=\"30,92 230,92 430,24 430,24 230,126 30,160 \""), "{svg}");
        assert!(svg.contains("href=\"/ended\"") && !svg.contains("href=\"/open\""));
    }

    #[test]
    fn no_days_are_a_floor() {
        assert!(flow("flow", &[], &[], ["", ""]).contains("class=\"floor\""));
    }
}
