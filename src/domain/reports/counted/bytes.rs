//! A counted day as it is stored: numbers of seven bits a byte (LEB128), words once, values in order as distances from the one before.
//!
//! A form of a later version is told by its first byte. What can't be read is none, and its facts are counted instead.

use super::{CountedDay, Sort, Sums, Word};
use crate::domain::case_types::codes::Queue;
use crate::domain::reports::facts::FactKind;

/// The form that is written.
const FORM: u8 = 1;

impl CountedDay {
    /// As it is stored.
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut to = Writer(vec![FORM]);
        to.size(self.words.len());
        self.words.iter().for_each(|word| to.text(word));
        to.size(self.sorts.len());
        for (sort, sums) in &self.sorts {
            to.text(sort.kind.code());
            [sort.outlet, sort.case_type, sort.actor_id].into_iter().for_each(|word| to.size(word));
            [sort.workflow, sort.place].into_iter().for_each(|word| to.size(word.map_or(0, |word| word + 1)));
            to.text(sort.queue.map_or("", Queue::code));
            sums.numbers().into_iter().for_each(|number| to.number(number));
            to.size(sums.seconds.len());
            let mut before = 0;
            for seconds in &sums.seconds {
                to.number(seconds.wrapping_sub(before));
                before = *seconds;
            }
            to.size(sums.working_days.len());
            let mut before = 0;
            for (days, count) in &sums.working_days {
                to.number(days.wrapping_sub(before));
                to.number(*count);
                before = *days;
            }
        }
        to.0
    }

    /// What was stored; none where it can't be read, as that of a later version.
    pub fn from_bytes(bytes: &[u8]) -> Option<Self> {
        let (form, rest) = bytes.split_first()?;
        let mut from = Reader(rest);
        if *form != FORM {
            return None;
        }
        let words: Vec<String> = from.many(|from| from.text().map(str::to_owned))?;
        let sorts = from.many(|from| {
            let known = |word: Word| (word < words.len()).then_some(word);
            let kind = FactKind::from_code(from.text()?)?;
            let mut word = || known(from.size()?);
            let (outlet, case_type, actor_id) = (word()?, word()?, word()?);
            let mut perhaps = || match from.size()? {
                0 => Some(None),
                word => known(word - 1).map(Some),
            };
            let (workflow, place) = (perhaps()?, perhaps()?);
            let queue = match from.text()? {
                "" => None,
                code => Some(Queue::from_code(code)?),
            };
            let sort = Sort { kind, outlet, case_type, actor_id, workflow, place, queue };
            Some((sort, from.sums()?))
        })?;
        from.0.is_empty().then_some(Self { words, sorts })
    }
}

impl Sums {
    fn numbers(&self) -> [i64; 9] {
        let Self {
            count, promised, by_ready, by_limit, in_time, provisional, without_notice, again, overlooked, ..
        } = self;
        [count, promised, by_ready, by_limit, in_time, provisional, without_notice, again, overlooked].map(|one| *one)
    }
}

struct Writer(Vec<u8>);

impl Writer {
    fn number(&mut self, number: i64) {
        let mut left = number.cast_unsigned();
        while left >= 0x80 {
            self.0.push(left.to_le_bytes()[0] | 0x80);
            left >>= 7;
        }
        self.0.push(left.to_le_bytes()[0]);
    }

    fn size(&mut self, size: usize) {
        self.number(i64::try_from(size).unwrap_or(i64::MAX));
    }

    fn text(&mut self, text: &str) {
        self.size(text.len());
        self.0.extend_from_slice(text.as_bytes());
    }
}

struct Reader<'a>(&'a [u8]);

impl<'a> Reader<'a> {
    fn number(&mut self) -> Option<i64> {
        let mut number: u64 = 0;
        for (at, byte) in self.0.iter().enumerate().take(10) {
            number |= u64::from(byte & 0x7f) << (7 * at);
            if byte & 0x80 == 0 {
                self.0 = &self.0[at + 1..];
                return Some(number.cast_signed());
            }
        }
        None
    }

    fn size(&mut self) -> Option<usize> {
        usize::try_from(self.number()?).ok()
    }

    fn text(&mut self) -> Option<&'a str> {
        let size = self.size()?;
        let (text, rest) = self.0.split_at_checked(size)?;
        self.0 = rest;
        std::str::from_utf8(text).ok()
    }

    /// As many as it says; each takes a byte or more.
    fn many<T>(&mut self, mut one: impl FnMut(&mut Self) -> Option<T>) -> Option<Vec<T>> {
        let many = self.size()?;
        let mut found = Vec::with_capacity(many.min(self.0.len()));
        for _ in 0..many {
            found.push(one(self)?);
        }
        Some(found)
    }

    fn sums(&mut self) -> Option<Sums> {
        let mut numbers = [0; 9];
        for number in &mut numbers {
            *number = self.number()?;
        }
        let [count, promised, by_ready, by_limit, in_time, provisional, without_notice, again, overlooked] = numbers;
        let mut before: i64 = 0;
        let seconds = self.many(|from| {
            before = before.wrapping_add(from.number()?);
            Some(before)
        })?;
        let mut before: i64 = 0;
        let working_days = self.many(|from| {
            before = before.wrapping_add(from.number()?);
            Some((before, from.number()?))
        })?;
        Some(Sums {
            count,
            promised,
            by_ready,
            by_limit,
            in_time,
            provisional,
            without_notice,
            again,
            overlooked,
            seconds,
            working_days,
        })
    }
}
