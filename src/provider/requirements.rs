//! Requirements: the abilities of a provider and the inputs that it needs.

use serde::{Deserialize, Serialize};

use crate::{
    model::{Error, ErrorKind, Goal, Result, Text, words},
    photo::PhotoSpec,
    provider::{Action, Challenge, Check},
};

/// One kind of input to a [`Check`].
///
/// ```
/// use liveness::{Goal, Input, Jumdata, LivenessProvider, Sandbox};
///
/// // Which fields a form must have for this provider.
/// let provider = Jumdata::new(Sandbox::jumdata_credentials(), Sandbox::new());
/// let needed: Vec<Input> = provider.requirements().needed(Goal::Liveness).collect();
/// assert_eq!(needed, [Input::ReturnUrl]);
/// assert_eq!(Input::ReturnUrl.field(), "return_url");
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Input {
    /// [`Check::with_identity`].
    Identity,
    /// [`Check::with_photo`].
    Photo,
    /// [`Check::with_return_url`].
    ReturnUrl,
}

words!(all Input, "input", { Identity => "identity", Photo => "photo", ReturnUrl => "return_url" });

impl Input {
    /// The field that an error names: the same as [`as_str`](Self::as_str).
    pub const fn field(self) -> &'static str {
        self.as_str()
    }
}

/// The goals that a provider can establish, the inputs that it needs, and the challenges that it can run.
///
/// ```
/// use liveness::{Check, ErrorKind, Goal, Input, Requirements};
///
/// let requirements = Requirements::new([Goal::Liveness]).with_needed([Input::ReturnUrl]);
/// let error = requirements.verify(&Check::liveness()).unwrap_err();
/// assert_eq!((error.kind(), error.field()), (ErrorKind::InvalidCheck, Some("return_url")));
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct Requirements {
    goals: Vec<Goal>,
    needed: Vec<Input>,
    needed_for: Vec<(Goal, Input)>,
    photo: Option<PhotoSpec>,
    actions: Vec<Action>,
    flash: bool,
    is_hosted: bool,
}

impl Requirements {
    /// Requirements of a provider that can establish these goals, needs no input and runs no challenge.
    pub fn new(goals: impl IntoIterator<Item = Goal>) -> Self {
        Self {
            goals: goals.into_iter().collect(),
            needed: Vec::new(),
            needed_for: Vec::new(),
            photo: None,
            actions: Vec::new(),
            flash: false,
            is_hosted: false,
        }
    }

    /// Sets the inputs that it needs for every goal. It ignores the others. Defaults to none.
    pub fn with_needed(mut self, inputs: impl IntoIterator<Item = Input>) -> Self {
        self.needed = inputs.into_iter().collect();
        self
    }

    /// Sets the inputs that it needs for this goal, in addition to those for every goal. Defaults to none.
    pub fn with_needed_for(mut self, goal: Goal, inputs: impl IntoIterator<Item = Input>) -> Self {
        self.needed_for.extend(inputs.into_iter().map(|input| (goal, input)));
        self
    }

    /// Sets the specification by which a photo must be prepared. Defaults to none, which means that it takes no
    /// photo.
    pub fn with_photo(mut self, spec: PhotoSpec) -> Self {
        self.photo = Some(spec);
        self
    }

    /// Sets the actions that it can request. Defaults to none.
    pub fn with_actions(mut self, actions: impl IntoIterator<Item = Action>) -> Self {
        self.actions = actions.into_iter().collect();
        self
    }

    /// Sets whether it can flash the screen. Defaults to no.
    pub fn with_flash(mut self, flash: bool) -> Self {
        self.flash = flash;
        self
    }

    /// Sets whether its `begin` opens a session that is resumed later. Defaults to yes where it needs a return URL,
    /// otherwise to no.
    pub fn with_hosted(mut self, is_hosted: bool) -> Self {
        self.is_hosted = is_hosted;
        self
    }

    /// Whether its `begin` opens a session that is resumed later.
    pub fn is_hosted(&self) -> bool {
        self.is_hosted || self.needed.contains(&Input::ReturnUrl)
    }

    /// The goals that it can establish.
    pub fn goals(&self) -> &[Goal] {
        &self.goals
    }

    /// The inputs that it needs for this goal; it ignores the others.
    pub fn needed(&self, goal: Goal) -> impl Iterator<Item = Input> {
        let its_own = self.needed_for.iter().filter(move |(of, _)| *of == goal).map(|(_, input)| *input);
        self.needed.iter().copied().chain(its_own)
    }

    /// The specification by which a photo must be prepared for this provider.
    ///
    /// ```
    /// use liveness::{Body, LivenessProvider, Request, Response, TencentMarket, photo::PhotoSpec};
    ///
    /// let vendor = |_: Request| Ok(Response::new(Body::empty()));
    /// let provider = TencentMarket::new(liveness::tencent_market::Credentials { secret_id: "secret-id".into(), secret_key: "secret-key".into() }, vendor);
    /// assert_eq!(provider.requirements().photo(), Some(&PhotoSpec::TENCENT_MARKET));
    /// ```
    pub fn photo(&self) -> Option<&PhotoSpec> {
        self.photo.as_ref()
    }

    /// The actions that it can request.
    pub fn actions(&self) -> &[Action] {
        &self.actions
    }

    /// Whether it can flash the screen.
    pub fn flash(&self) -> bool {
        self.flash
    }

    /// Whether it can run this challenge.
    pub fn can_run(&self, challenge: &Challenge) -> bool {
        challenge.actions().iter().all(|action| self.actions.contains(action))
            && (self.flash || challenge.colors().is_empty())
    }

    /// Decides before any call whether a check can begin.
    ///
    /// # Errors
    ///
    /// `Unsupported` for a goal that it cannot establish or a challenge that it cannot run; `InvalidCheck` naming the missing
    /// input, or `photo` if the photo does not meet the specification of [`photo`](Self::photo).
    pub fn verify(&self, check: &Check) -> Result<()> {
        if !self.goals.contains(&check.goal()) {
            return Err(Error::new(ErrorKind::Unsupported).with_field("goal").with_reason(Text {
                english: format!("this provider cannot establish {}", check.goal()),
                chinese: format!("该供应商无法完成核验目标 {}", check.goal()),
            }));
        }
        if check.challenge().is_some_and(|challenge| !self.can_run(challenge)) {
            return Err(Error::new(ErrorKind::Unsupported).with_field("challenge").with_reason(Text {
                english: "this provider cannot run this challenge; leave it out or choose another provider",
                chinese: "该供应商不支持此动作或炫光要求，请去掉或更换供应商",
            }));
        }
        let given = |input| match input {
            Input::Identity => check.identity().is_some(),
            Input::Photo => check.photo().is_some(),
            Input::ReturnUrl => check.return_url().is_some(),
        };
        match self.needed(check.goal()).find(|input| !given(*input)) {
            Some(input) => Err(Error::invalid(input.field()).with_reason(Text {
                english: "this provider requires it, but the check does not have it",
                chinese: "该供应商要求此项，但请求中未提供",
            })),
            None => match (check.photo(), &self.photo) {
                (Some(photo), Some(spec)) => Ok(photo.verify(spec)?),
                _ => Ok(()),
            },
        }
    }
}
