//! What a caller may do, as an extractor: a handler that takes `May<OpenCases>` can't be reached without that right.
//!
//! Cast: a [`Right`] asks the service, which alone knows who has it; [`May`] is a caller who has it, with what every handler
//! needs besides.
//!
//! Guarantees: whoever must do something else first gets nowhere but there. Put first among a handler's arguments it is asked first, so that who may not call a route learns nothing of
//! what is wrong with the request. The use cases hold to the same rule for callers that come by another way than HTTP.

use std::future::{Ready, ready};
use std::marker::PhantomData;
use std::sync::Arc;

use actix_web::dev::Payload;
use actix_web::{FromRequest, HttpRequest, web};
use utoipa::IntoParams;
use utoipa::openapi::path::{Parameter, ParameterIn};

use crate::domain::accounts::role::{Role, Scope};
use crate::domain::base::words::Language;
use crate::http::authenticated::Authenticated;
use crate::http::language::of_headers;
use crate::http::openapi::common::{Systems, allowed};
use crate::http::problem::Problem;
use crate::service::Service;
use crate::service::accounts::caller::Caller;
use crate::service::base::error::ServiceError;

/// A right that a route asks for before anything else.
pub trait Right: 'static {
    /// Whether it holds before a duty is done, such as the change of a one-time password: it is part of doing it.
    const BEFORE_DUTIES: bool = false;

    /// The roles of the staff that have it, as the description of the service says; none: all have it.
    const ROLES: &'static [Role] = &[];

    /// Whether these are the roles of the workflows as they are shipped, and a case's own workflow decides.
    const BY_WORKFLOW: bool = false;

    /// Which other systems have it.
    const SYSTEMS: Systems = Systems::No;

    /// Whether the caller has it.
    ///
    /// # Errors
    /// What is missing.
    fn granted(service: &Service, caller: &Caller, request: &HttpRequest) -> Result<(), Problem>;
}

/// A caller with a right, the service that they call, and the language that they read.
pub struct May<R> {
    /// Who calls.
    pub caller: Arc<Caller>,
    /// The use cases.
    pub service: web::Data<Service>,
    /// In which words they are answered.
    pub language: Language,
    right: PhantomData<R>,
}

impl<R: Right> FromRequest for May<R> {
    type Error = Problem;
    type Future = Ready<Result<Self, Problem>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        ready(may(request, payload))
    }
}

impl<R: Right> IntoParams for May<R> {
    fn into_params(_: impl Fn() -> Option<ParameterIn>) -> Vec<Parameter> {
        vec![allowed(R::ROLES, R::BY_WORKFLOW, R::SYSTEMS)]
    }
}

fn may<R: Right>(request: &HttpRequest, payload: &mut Payload) -> Result<May<R>, Problem> {
    let Authenticated(caller) = Authenticated::from_request(request, payload).into_inner()?;
    let service = request.app_data::<web::Data<Service>>().ok_or_else(|| Problem::internal("no service"))?.clone();
    if !R::BEFORE_DUTIES {
        caller.require_no_duty()?;
    }
    R::granted(&service, &caller, request)?;
    Ok(May { caller, service, language: of_headers(request.headers()), right: PhantomData })
}

macro_rules! by_workflow {
    (workflow) => {
        true
    };
}

macro_rules! rights {
    ($($(#[$doc:meta])* $name:ident [$($role:ident)*] $(~ $by:ident)? $systems:ident $($scope:ident $(or $other:ident)*)? = |$service:ident, $caller:ident| $asked:expr;)*) => {$(
        $(#[$doc])*
        #[derive(Debug)]
        pub enum $name {}

        impl Right for $name {
            const ROLES: &'static [Role] = &[$(Role::$role),*];
            $(const BY_WORKFLOW: bool = by_workflow!($by);)?
            const SYSTEMS: Systems = Systems::$systems$((&[Scope::$scope $(, Scope::$other)*]))?;

            fn granted($service: &Service, $caller: &Caller, _: &HttpRequest) -> Result<(), Problem> {
                let asked: Result<(), ServiceError> = $asked;
                Ok(asked?)
            }
        }
    )*};
}

rights! {
    /// Everybody with a token.
    Call [] Every = |_service, _caller| Ok(());
    /// The staff, in whatever role.
    ActAsStaff [] No = |_service, caller| caller.require_staff();
    /// Open cases of some type.
    OpenCases [Clerk Supervisor] With CasesOpen = |service, caller| service.may_open(caller);
    /// See cases.
    ReadCases [Clerk Producer Supervisor Auditor] With CasesRead = |_service, caller| caller.require(Scope::CasesRead);
    /// Take actions: any role on cases passes here; the workflow's roles decide.
    ChangeCases [Clerk Producer Supervisor] ~ workflow With CasesWrite = |_service, caller| caller.require(Scope::CasesWrite);
    /// Record what was found on check sheets. Likewise.
    RecordMaterials [Clerk] ~ workflow With CasesWrite = |_service, caller| caller.require(Scope::CasesWrite);
    /// Hand over what a case is about. Likewise.
    HandOver [Clerk] ~ workflow With CasesWrite = |_service, caller| caller.require(Scope::CasesWrite);
    /// Change by what a case is found. Likewise: those do who correct applications.
    LabelCases [Clerk Supervisor] ~ workflow With CasesWrite = |_service, caller| caller.require(Scope::CasesWrite);
    /// Take and give cases: whoever sees one is told by it all that is in the way, the role among that.
    WorkOnCases [Clerk Producer Supervisor] No = |_service, caller| caller.require_case_staff();
    /// Run batches.
    RunBatches [Clerk Producer Supervisor] No = |service, caller| service.may_work(caller);
    /// Correct payments.
    CorrectPayments [Supervisor] No = |service, caller| service.may_correct_payments(caller);
    /// See the cases that wait, of the lists that are one's own.
    ReadWorkLists [Clerk Producer Supervisor Auditor] No = |_service, caller| caller.require_staff().and_then(|()| caller.require(Scope::CasesRead));
    /// Have persons' numbers shown in clear.
    DisclosePersons [Clerk Supervisor] No = |service, caller| service.may_disclose(caller);
    /// Keep cases from the erasure of their persons.
    HoldCases [Supervisor] No = |service, caller| service.may_hold(caller);
    /// Ask whether an organization may apply.
    AskForEligibility [Clerk Producer Supervisor Auditor] With EligibilityRead = |_service, caller| caller.require(Scope::EligibilityRead);
    /// Look for organizations by name.
    FindOrganizations [Clerk Producer Supervisor Auditor] No = |service, caller| service.may_find_organizations(caller);
    /// Ask whether certificates may log in.
    AskForAuthorizations [Clerk Producer Supervisor Auditor] With AuthorizationsRead = |service, caller| service.may_ask_for_authorizations(caller);
    /// Look into the register.
    ReadCertificates [Clerk Producer Supervisor Auditor] With CertificatesRead = |_service, caller| caller.require(Scope::CertificatesRead);
    /// Enter certificates from before Casehall.
    RegisterCertificates [Supervisor] No = |service, caller| service.may_register(caller);
    /// Approve or reject what another one entered.
    ApproveRegistrations [Supervisor] No = |service, caller| service.may_register(caller);
    /// See imports.
    ReadImports [Clerk Producer Supervisor Auditor] No = |_service, caller| caller.require_staff().and_then(|()| caller.require(Scope::CertificatesRead));
    /// Report that a certificate is locked.
    ReportLocks [Clerk Supervisor] With CertificatesReport = |service, caller| service.may_report_locks(caller);
    /// Report that a certificate is lost.
    ReportLosses [Clerk Supervisor] No = |service, caller| service.may_report_losses(caller);
    /// Lift a suspension.
    LiftSuspensions [Supervisor] No = |service, caller| service.may_restore(caller);
    /// Ask for corrections, and take back one's own.
    AskForCorrections [Clerk Supervisor] No = |service, caller| service.may_ask_corrections(caller);
    /// Approve what another one asked for.
    ApproveCorrections [Supervisor] No = |service, caller| service.may_approve_corrections(caller);
    /// Put years of the calendar in force.
    ImportCalendars [Administrator] No = |service, caller| service.may_import(caller);
    /// See the board.
    ReadBoard [Supervisor Auditor Administrator] No = |service, caller| service.may_read_board(caller);
    /// See the forecast.
    ReadForecast [Supervisor Auditor] No = |service, caller| service.may_forecast(caller);
    /// Read the audit trail and the seals on it.
    ReadTrail [Auditor] No = |service, caller| service.may_audit(caller);
    /// Manage the accounts of people: see, add, change, reset, unlock.
    ManageAccounts [SecurityAdministrator] No = |service, caller| service.may_manage_accounts(caller);
    /// See and change other systems.
    ManageClients [SecurityAdministrator] No = |service, caller| service.may_manage_clients(caller);
    /// Follow what happens, as far as one sees it.
    ReadEvents [Clerk Producer Supervisor Auditor] With CasesRead or CertificatesRead = |_service, caller| caller.require_events();
    /// Manage webhooks: a system its own.
    ManageWebhooks [SecurityAdministrator] With WebhooksManage = |service, caller| service.may_manage_webhooks(caller);
    /// Take the event log away.
    ExportEvents [Supervisor Auditor Administrator] No = |service, caller| service.may_export(caller);
}

/// What people do with their own account whatever else they must do: sign out, choose a password.
#[derive(Debug)]
pub enum ManageOwnAccount {}

impl Right for ManageOwnAccount {
    const BEFORE_DUTIES: bool = true;

    fn granted(_: &Service, caller: &Caller, _: &HttpRequest) -> Result<(), Problem> {
        Ok(caller.require_staff()?)
    }
}

/// Set up a second factor of one's own, once the password is one's own.
#[derive(Debug)]
pub enum SetUpSecondFactor {}

impl Right for SetUpSecondFactor {
    const BEFORE_DUTIES: bool = true;

    fn granted(_: &Service, caller: &Caller, _: &HttpRequest) -> Result<(), Problem> {
        Ok(caller.require_own_password()?)
    }
}
