//! Builds the provider from the settings, with its wrappers in a fixed order.
//!
//! From the outside in: the caps of one process (only without a journal), the failover, at most once around each account with one
//! journal for all (and with it the caps), the account with its photo specification and retries, the transport.

use std::sync::Arc;

use super::{
    Config,
    flaw::Flaw,
    options::BuildOptions,
    secret,
    sections::{Failover as FailoverSection, JournalSection, is_nothing},
};
#[cfg(feature = "ureq")]
use crate::transport::UreqTransport;
use crate::{
    config::Account,
    model::{Error, ProviderId, Request, Result},
    money::{AtMostOnce, Capped, Failover, FailoverPolicy, Journal, SealingKey},
    provider::LivenessProvider,
    transport::{Transport, TransportError},
};

type Checked<T> = std::result::Result<T, Flaw>;

/// The key of a set's label.
const LABEL: &str = "failover.label";

impl Config {
    /// The provider that the settings describe, over [`UreqTransport`] as they set it.
    ///
    /// A journal opens here. One candidate becomes a single provider. Several, or a table `failover`, become a
    /// [`Failover`](crate::money::Failover) over them in their order. With a table `journal` each account is wrapped
    /// in [`AtMostOnce`](crate::money::AtMostOnce), which requires a reference for each check, and the caps are
    /// checked in the journal, over all processes that share it. Without one they are those of this process, around
    /// all of it.
    ///
    /// # Errors
    ///
    /// `Configuration` as the type documents; if no candidate establishes a goal of `require`; and as the journal's
    /// own errors.
    #[cfg(feature = "ureq")]
    pub fn build(&self) -> Result<Arc<dyn LivenessProvider>> {
        self.build_over(self.transport()?)
    }

    /// As [`build`](Self::build), over any transport. The table `transport` is then ignored.
    ///
    /// # Errors
    ///
    /// As [`build`](Self::build).
    pub fn build_over(&self, transport: impl Transport + 'static) -> Result<Arc<dyn LivenessProvider>> {
        self.build_with(transport, &BuildOptions::new())
    }

    /// As [`build_over`](Self::build_over), with an observer, a clock, or vendors of the service's own.
    ///
    /// # Errors
    ///
    /// As [`build`](Self::build).
    pub fn build_with(
        &self,
        transport: impl Transport + 'static,
        options: &BuildOptions,
    ) -> Result<Arc<dyn LivenessProvider>> {
        self.built(Arc::new(transport), options)
    }

    /// Each candidate as its own type, in their order and without a wrapper, for features that only one vendor has,
    /// such as a meter. `None` is for a vendor of the service's own.
    ///
    /// # Errors
    ///
    /// As [`build`](Self::build).
    pub fn accounts(&self, transport: impl Transport + 'static) -> Result<Vec<Option<Account>>> {
        let (transport, options) = (Arc::new(transport) as Arc<dyn Transport>, BuildOptions::new());
        let account = |index| self.account(index, Arc::clone(&transport), &options).map_err(Flaw::into_error);
        (0..self.candidates.len()).map(account).collect()
    }

    /// The transport of the table `transport`.
    ///
    /// # Errors
    ///
    /// `Configuration` for a proxy or certificates that cannot be read or used.
    #[cfg(feature = "ureq")]
    pub fn transport(&self) -> Result<UreqTransport> {
        self.ureq().map_err(Flaw::into_error)
    }

    /// Whether requests go through a proxy.
    pub fn has_proxy(&self) -> bool {
        self.transport.proxy.is_some() || self.transport.proxy_file.is_some()
    }

    /// The files with keys that every user of the machine may read. Warn the operator of them.
    pub fn exposed_files(&self) -> Vec<std::path::PathBuf> {
        let of_candidates = self.candidates.iter().flat_map(|candidate| {
            [&candidate.app_id_file, &candidate.app_secret_file, &candidate.secret_id_file, &candidate.secret_key_file]
        });
        let journal =
            self.journal.iter().flat_map(|journal| journal.sealing_key_file.iter().chain(&journal.former_key_files));
        let files = of_candidates.flatten().chain(&self.transport.proxy_file).chain(journal);
        files.filter(|file| secret::is_open_to_all(file)).cloned().collect()
    }

    /// All checks that need no call, no journal and none of the service's own vendors.
    pub(super) fn check(&self) -> Checked<()> {
        if self.candidates.is_empty() {
            return Err(self.flaw("candidates", "at least one candidate is required", "至少要有一个候选账号"));
        }
        if self.candidates.iter().all(|candidate| candidate.retired) {
            return Err(self.flaw(
                "candidates",
                "all candidates are retired: there is no account to call",
                "全部候选账号均已停用，没有可调用的账号",
            ));
        }
        let nowhere = Arc::new(|_: Request| Err(TransportError::unsent("nothing is sent"))) as Arc<dyn Transport>;
        let mut asked = Vec::new();
        for (index, candidate) in self.candidates.iter().enumerate() {
            self.check_keys(index, candidate)?;
            self.check_retry(&Self::path(index, "retry"), &candidate.retry)?;
            let account = self.account(index, Arc::clone(&nowhere), &BuildOptions::new())?;
            if !candidate.retired {
                asked.push(account.map(Account::into_provider));
            }
        }
        // The goals of a vendor of the service's own are known once its provider exists.
        if let Some(asked) = asked.into_iter().collect::<Option<Vec<_>>>() {
            self.check_goals(&asked)?;
        }
        self.check_retry("retry", &self.retry)?;
        for (key, span) in [("connect_timeout", self.transport.connect_timeout), ("timeout", self.transport.timeout)] {
            if is_nothing(span) {
                return Err(self.too_little(&format!("transport.{key}")));
            }
        }
        #[cfg(feature = "ureq")]
        self.ureq()?;
        if let Some(failover) = &self.failover {
            self.policy(failover)?;
        }
        if let Some(journal) = &self.journal {
            self.sealing_keys(journal)?;
            if is_nothing(journal.deadline) {
                return Err(self.too_little("journal.deadline"));
            }
        }
        Ok(())
    }

    fn check_goals(&self, asked: &[Arc<dyn LivenessProvider>]) -> Checked<()> {
        let is_met = |goal| asked.iter().any(|provider| provider.requirements().goals().contains(goal));
        match self.require.iter().find(|goal| !is_met(goal)) {
            Some(goal) => Err(self.flaw(
                "require",
                format!("no candidate establishes {goal}"),
                format!("没有候选账号能满足 {goal}"),
            )),
            None => Ok(()),
        }
    }

    fn check_retry(&self, path: &str, retry: &super::Retry) -> Checked<()> {
        let mut spans = retry.spans().into_iter().filter(|(_, span)| is_nothing(*span)).map(|(key, _)| key);
        match spans.next() {
            Some(key) => Err(self.too_little(&format!("{path}.{key}"))),
            None => Ok(()),
        }
    }

    fn too_little(&self, path: &str) -> Flaw {
        self.flaw(path, "it must be greater than zero", "必须大于零")
    }

    fn built(&self, transport: Arc<dyn Transport>, options: &BuildOptions) -> Result<Arc<dyn LivenessProvider>> {
        self.check().map_err(Flaw::into_error)?;
        let (mut asked, mut retired) = (Vec::new(), Vec::new());
        for (index, candidate) in self.candidates.iter().enumerate() {
            let account = self.account(index, Arc::clone(&transport), options).map_err(Flaw::into_error)?;
            let provider = match account {
                Some(account) => account.into_provider(),
                None => self.registered(index, Arc::clone(&transport), options).map_err(Flaw::into_error)?,
            };
            if candidate.retired { retired.push(provider) } else { asked.push(provider) }
        }
        self.check_goals(&asked).map_err(Flaw::into_error)?;
        if let Some(section) = &self.journal {
            let journal = self.open_journal(section, options)?;
            for provider in asked.iter_mut().chain(&mut retired) {
                *provider = self.once(Arc::clone(provider), Arc::clone(&journal), section, options)?;
            }
        }
        let set = match (&self.failover, asked.as_slice(), retired.as_slice()) {
            (None, [one], []) => Arc::clone(one),
            _ => self.set(asked, retired, options).map_err(Flaw::into_error)?,
        };
        Ok(match (&self.caps, &self.journal) {
            (Some(caps), None) => Arc::new(
                Capped::new(set, caps.caps())
                    .with_clock(Arc::clone(&options.clock))
                    .with_observer(Arc::clone(&options.observer)),
            ),
            _ => set,
        })
    }

    fn set(
        &self,
        asked: Vec<Arc<dyn LivenessProvider>>,
        retired: Vec<Arc<dyn LivenessProvider>>,
        options: &BuildOptions,
    ) -> Checked<Arc<dyn LivenessProvider>> {
        let label = self.failover.as_ref().and_then(|failover| failover.label.clone());
        let label = label.unwrap_or_else(|| crate::config::DEFAULT_ACCOUNT.to_owned());
        let path = |error: &Error| if error.field() == Some("account") { LABEL } else { "candidates" };
        let mut set = Failover::new(label, asked)
            .map_err(|error| self.refused(path(&error), &error))?
            .with_clock(Arc::clone(&options.clock))
            .with_observer(Arc::clone(&options.observer));
        if let Some(failover) = &self.failover {
            set = set.with_policy(self.policy(failover)?).with_breaker(failover.breaker.policy());
        }
        Ok(Arc::new(retired.into_iter().fold(set, Failover::with_retired)))
    }

    fn policy(&self, failover: &FailoverSection) -> Checked<FailoverPolicy> {
        let mut policy = FailoverPolicy::new()
            .with_after_doubt(failover.after_doubt)
            .with_after_cap(failover.after_cap)
            .with_same_goal_only(failover.same_goal_only);
        if let Some(names) = &failover.identity_only_to {
            let mut accounts = Vec::new();
            for (index, name) in names.iter().enumerate() {
                let path = format!("failover.identity_only_to[{index}]");
                let account: ProviderId =
                    name.parse().map_err(|error: crate::model::ProviderIdError| self.refused(&path, &error.into()))?;
                accounts.push(account);
            }
            policy = policy.with_identity_only_to(accounts);
        }
        Ok(policy)
    }

    /// The sealing key, and the earlier ones.
    fn sealing_keys(&self, section: &JournalSection) -> Checked<(Option<SealingKey>, Vec<SealingKey>)> {
        let path = "journal.sealing_key";
        let from_text =
            |path: &str, text: &str| SealingKey::from_base64(text).map_err(|error| self.refused(path, &error));
        let given = self.secret(path, section.sealing_key.as_ref(), section.sealing_key_file.as_ref())?;
        let key = given.map(|key| {
            let path = if section.sealing_key_file.is_some() { "journal.sealing_key_file" } else { path };
            from_text(path, key.reveal())
        });
        let mut former = Vec::new();
        for (index, file) in section.former_key_files.iter().enumerate() {
            let path = format!("journal.former_key_files[{index}]");
            former.push(from_text(&path, self.read_file(&path, file, secret::read)?.reveal())?);
        }
        Ok((key.transpose()?, former))
    }

    fn once(
        &self,
        provider: Arc<dyn LivenessProvider>,
        journal: Arc<dyn Journal>,
        section: &JournalSection,
        options: &BuildOptions,
    ) -> Result<Arc<dyn LivenessProvider>> {
        let (key, former) = self.sealing_keys(section).map_err(Flaw::into_error)?;
        let once = match key {
            Some(key) => AtMostOnce::sealing(provider, journal, key),
            None => AtMostOnce::new(provider, journal),
        };
        let named = |error: Error| match error.field() {
            Some("sealing_key") => self.refused("journal.sealing_key", &error).into_error(),
            _ => error,
        };
        let mut once = former.into_iter().fold(once.map_err(named)?, AtMostOnce::with_former_key);
        once = once
            .with_doubt(section.doubt())
            .with_clock(Arc::clone(&options.clock))
            .with_observer(Arc::clone(&options.observer));
        if let Some(caps) = &self.caps {
            once = once.with_caps(caps.caps());
        }
        if let Some(wait) = section.wait {
            once = once.with_wait(wait.0);
        }
        if let Some(deadline) = section.deadline {
            once = once.with_deadline(deadline.0);
        }
        Ok(Arc::new(once))
    }

    #[cfg(unix)]
    fn open_journal(&self, section: &JournalSection, options: &BuildOptions) -> Result<Arc<dyn Journal>> {
        use crate::{model::ErrorKind, money::FileJournal};

        let folder = &section.folder;
        let opened =
            if section.any_file_system { FileJournal::open_unchecked(folder) } else { FileJournal::open(folder) };
        let mut journal = opened.map_err(|error| {
            let error = Error::from(error);
            match error.kind() {
                ErrorKind::Configuration => self.refused("journal.folder", &error).into_error().with_source(error),
                _ => error,
            }
        })?;
        if let Some(retention) = section.retention() {
            journal = journal.with_retention(retention);
        }
        Ok(Arc::new(journal.with_clock(Arc::clone(&options.clock))))
    }

    #[cfg(not(unix))]
    fn open_journal(&self, _: &JournalSection, _: &BuildOptions) -> Result<Arc<dyn Journal>> {
        Err(self
            .flaw("journal.folder", "this system does not support a journal in a folder", "该系统不支持文件夹流水日志")
            .into_error())
    }

    #[cfg(feature = "ureq")]
    fn ureq(&self) -> Checked<UreqTransport> {
        let section = &self.transport;
        let mut transport = UreqTransport::new();
        if let Some(timeout) = section.connect_timeout {
            transport = transport.with_connect_timeout(timeout.0);
        }
        if let Some(timeout) = section.timeout {
            transport = transport.with_timeout(timeout.0);
        }
        if let Some(limit) = section.idle_connections {
            transport = transport.with_idle_connections(limit.0);
        }
        if let Some(bytes) = section.max_response_bytes {
            transport = transport.with_max_response_bytes(bytes as usize);
        }
        let path = "transport.proxy";
        if let Some(proxy) = self.secret(path, section.proxy.as_ref(), section.proxy_file.as_ref())? {
            transport = transport.with_proxy(proxy.reveal()).map_err(|error| self.refused(path, &error))?;
        }
        if let Some(file) = &section.root_certificates {
            let path = "transport.root_certificates";
            let pem = self.read_file(path, file, secret::bytes)?;
            transport = transport.with_root_certificates(&pem).map_err(|error| self.refused(path, &error))?;
        }
        Ok(if section.allow_plain_http { transport.allow_plain_http() } else { transport })
    }
}
