//! Where this host stands, as the venue's page last said: pure.
//!
//! Invariant: until the page has answered as documented, nothing begins; a no
//! of it stands until it says otherwise; its yes grows old, and buys with it.

use super::gate::duration;
use super::learn::RETRY_MS;
use crate::checks::Standing;

/// The page, and how often it is asked.
#[derive(Clone, Debug)]
pub(super) struct Page {
    pub(super) url: String,
    pub(super) every_ms: u64,
}

/// Where this host stands. The default is a simulator's: nobody is asked.
#[derive(Clone, Debug, Default)]
pub(super) struct Place {
    page: Option<Page>,
    /// The last documented answer, and when it was asked for.
    said: Option<(Standing, u64)>,
    /// Why there is no newer one.
    silent: Option<String>,
    running: bool,
    next_ms: u64,
}

impl Place {
    /// Asks `page`, from now on.
    pub(super) fn of(page: Page) -> Self {
        Self {
            page: Some(page),
            ..Self::default()
        }
    }

    /// The page that is to be asked now, if it is time.
    pub(super) fn due(&mut self, now_ms: u64) -> Option<String> {
        let page = self.page.as_ref()?;
        if self.running || now_ms < self.next_ms {
            return None;
        }
        self.running = true;
        Some(page.url.clone())
    }

    /// What came of asking at `asked_ms`. Why there is no answer, where that is
    /// new.
    pub(super) fn heard(
        &mut self,
        standing: Standing,
        asked_ms: u64,
        now_ms: u64,
    ) -> Option<String> {
        let every_ms = self.page.as_ref().map_or(u64::MAX, |page| page.every_ms);
        self.running = false;
        let mut news = None;
        let wait_ms = if let Standing::Unknown(why) = standing {
            news = (self.silent.as_ref() != Some(&why)).then(|| why.clone());
            self.silent = Some(why);
            // Sooner, and still not so often that it looks like a flood.
            every_ms.div_ceil(10).max(RETRY_MS).min(every_ms)
        } else {
            self.silent = None;
            self.said = Some((standing, asked_ms));
            every_ms
        };
        self.next_ms = now_ms.saturating_add(wait_ms);
        news
    }

    /// Why nothing may begin, if so.
    pub(super) fn stops(&self) -> Option<(&'static str, String)> {
        self.page.as_ref()?;
        match &self.said {
            None => {
                let why = self
                    .silent
                    .as_deref()
                    .unwrap_or("the page was not read yet");
                let words = format!(
                    "whether this host may trade is not known: {why}. Nothing is signed until it \
                     is; check checks.geoblock and the network"
                );
                Some(("GEO_UNKNOWN", words))
            }
            Some((Standing::Blocked(place), _)) => {
                let words = format!(
                    "this host is where trading is not allowed ({place}); nothing is begun. \
                     See https://polymarket.com/tos"
                );
                Some(("GEO_BLOCKED", words))
            }
            Some((Standing::Allowed | Standing::CloseOnly | Standing::Unknown(_), _)) => None,
        }
    }

    /// Why no buy may begin, if so; what stops everything is not looked at.
    pub(super) fn stops_buys(&self, now_ms: u64) -> Option<(&'static str, String)> {
        let page = self.page.as_ref()?;
        let (standing, asked_ms) = self.said.as_ref()?;
        if *standing == Standing::CloseOnly {
            let words = "positions may only be closed from this host; buys stopped".to_owned();
            return Some(("GEO_CLOSE_ONLY", words));
        }
        let age_ms = now_ms.saturating_sub(*asked_ms);
        if age_ms < page.every_ms.saturating_mul(2) {
            return None;
        }
        let why = self.silent.as_deref().unwrap_or("the page does not answer");
        let words = format!(
            "this host might trade {} ago, and whether it still may is not known: {why}; buys \
             stopped",
            duration(age_ms)
        );
        Some(("GEO_UNKNOWN", words))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn asked() -> Place {
        let url = "http://127.0.0.1:1/api/geoblock".to_owned();
        Place::of(Page {
            url,
            every_ms: 10_000,
        })
    }

    /// What stops buys, and what stops exits.
    fn codes(place: &Place, now_ms: u64) -> [Option<&'static str>; 2] {
        let all = place.stops();
        let buys = all.clone().or_else(|| place.stops_buys(now_ms));
        [buys, all].map(|stop| stop.map(|(code, _)| code))
    }

    fn unknown() -> Standing {
        Standing::Unknown("the page answered 503".to_owned())
    }

    /// M88: blocked is nothing, close-only is exits alone, no answer yet is
    /// nothing; and nobody is asked beside a simulator.
    #[test]
    fn each_answer_of_the_page_stops_what_it_must() {
        let mut place = asked();
        assert_eq!(codes(&place, 0), [Some("GEO_UNKNOWN"); 2], "not asked yet");
        place.heard(unknown(), 0, 0);
        assert_eq!(codes(&place, 0), [Some("GEO_UNKNOWN"); 2], "never answered");
        place.heard(Standing::Allowed, 0, 0);
        assert_eq!(codes(&place, 0), [None; 2]);
        place.heard(Standing::CloseOnly, 0, 0);
        assert_eq!(codes(&place, 0), [Some("GEO_CLOSE_ONLY"), None]);
        place.heard(Standing::Blocked("US".to_owned()), 0, 0);
        assert_eq!(codes(&place, 0), [Some("GEO_BLOCKED"); 2]);
        assert!(
            place
                .stops()
                .is_some_and(|(_, words)| words.contains("(US)"))
        );
        place.heard(unknown(), 0, 0);
        assert_eq!(codes(&place, 0), [Some("GEO_BLOCKED"); 2], "a no stands");
        assert_eq!(codes(&Place::default(), u64::MAX), [None; 2]);
    }

    /// M88: a yes is believed for twice the time between two questions.
    #[test]
    fn a_yes_grows_old_and_buys_stop_with_it() {
        let mut place = asked();
        place.heard(Standing::Allowed, 1_000, 1_200);
        place.heard(unknown(), 11_200, 11_300);
        assert_eq!(codes(&place, 20_999), [None; 2]);
        assert_eq!(codes(&place, 21_000), [Some("GEO_UNKNOWN"), None]);
        place.heard(Standing::Allowed, 21_000, 21_100);
        assert_eq!(codes(&place, 40_999), [None; 2]);
    }

    /// M88: it is asked once at a time, each N, and sooner after no answer.
    #[test]
    fn the_page_is_asked_when_it_is_due_and_never_twice_at_once() {
        let mut place = asked();
        assert!(place.due(0).is_some());
        assert!(place.due(0).is_none(), "one is on its way");
        place.heard(Standing::Allowed, 0, 50);
        assert!(place.due(10_049).is_none());
        assert!(place.due(10_050).is_some());
        let why = Some("the page answered 503".to_owned());
        assert_eq!(place.heard(unknown(), 10_050, 10_100), why);
        assert_eq!(place.heard(unknown(), 10_050, 10_100), None, "said once");
        assert!(place.due(11_099).is_none());
        assert!(place.due(11_100).is_some());
        assert!(Place::default().due(u64::MAX).is_none());
    }
}
