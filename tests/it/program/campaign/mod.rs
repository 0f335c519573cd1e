//! The fault campaign: clerks work as fast as the program answers, a backup is made and verified all the while, and something befalls
//! the hall again and again.
//!
//! Cast: [`Ground`] is a hall that serves on one port however often it is started anew, with the books of what it acknowledged;
//! [`Ground::suffer`] lets the clerks work while a fault goes on, and answers the [`Figures`](ground::Figures).
//!
//! Guarantees: whatever was acknowledged is there afterwards, nothing is there twice or half, and a request whose answer was lost
//! comes to one case when it is sent again with its key; otherwise a test fails, and says what it was. Each fault is one function
//! of how often, or for how many seconds: `short` is run with the other tests, `long` by `tests/campaign`, whose last figures
//! stand in docs/reliability.md.

mod clock;
mod disks;
mod ground;
mod lines;
mod processes;

/// Each fault in a short and in a long form.
macro_rules! campaign {
    ($($name:ident: $fault:expr, $short:literal, $long:literal;)+) => {
        mod short {
            use super::*;
            $(#[tokio::test]
            async fn $name() {
                let _ = $fault($short).await;
            })+
        }
        mod long {
            use super::*;
            $(#[tokio::test]
            #[ignore = "takes minutes: tests/campaign"]
            #[allow(clippy::print_stdout)] // the table is what it is for
            async fn $name() {
                println!("{}", $fault($long).await);
            })+
        }
    };
}

campaign!(
    kill_9_on_sqlite: processes::kill_9_on_sqlite, 3, 50;
    kill_9_on_postgres: processes::kill_9_on_postgres, 3, 50;
    the_database_is_away: processes::the_database_is_away, 3, 60;
    connections_are_cut: lines::connections_are_cut, 60, 1000;
    the_disk_is_full_on_sqlite: disks::the_disk_is_full_on_sqlite, 1, 10;
    the_disk_is_full_on_postgres: disks::the_disk_is_full_on_postgres, 1, 10;
    the_disk_of_the_log_is_full: disks::the_disk_of_the_log_is_full, 1, 10;
    the_clock_jumps: clock::the_clock_jumps, 4, 40;
);
