//! What the service makes of requests: applications, one and many, papers and parts of them, dates, lists, the register, and requests sent twice.

mod applications;
mod bulk;
mod dates;
mod limited;
mod lists;
mod papers;
mod patches;
mod register;
mod repeats;
mod sorting;
