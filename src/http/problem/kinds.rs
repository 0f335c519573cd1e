//! Every kind of problem that the HTTP floor itself answers, on one screen: code, status, title in both languages.
//!
//! Codes are stable: programs branch on them, so one may be added but never changed or reused. The page
//! `/docs/problems` is made from these tables, so that each `type` of a problem leads to words.

use actix_web::http::StatusCode;

use crate::domain::base::words::Words;

/// What the same kind of problem has in common each time it occurs.
#[derive(Debug, PartialEq, Eq)]
pub struct ProblemKind {
    /// Stable code in snake_case; also the fragment of the problem's `type`.
    pub code: &'static str,
    /// The HTTP status.
    pub status: StatusCode,
    /// Title in Chinese.
    pub zh: &'static str,
    /// Title in English.
    pub en: &'static str,
}

impl ProblemKind {
    const fn new(status: StatusCode, code: &'static str, zh: &'static str, en: &'static str) -> Self {
        Self { code, status, zh, en }
    }

    /// The title, in both languages.
    pub fn title(&self) -> Words {
        Words::new(self.zh, self.en)
    }
}

macro_rules! kinds {
    ($($(#[$doc:meta])* $name:ident = $status:ident, $code:literal, $zh:literal, $en:literal;)*) => {
        $($(#[$doc])* pub static $name: ProblemKind = ProblemKind::new(StatusCode::$status, $code, $zh, $en);)*
        /// All of them, for the documentation and for the test that codes are unique.
        pub static ALL: &[&ProblemKind] = &[$(&$name),*];
    };
}

kinds! {
    /// The request can't be understood, for no more precise reason.
    BAD_REQUEST = BAD_REQUEST, "bad_request", "请求无效", "The request is not valid";
    /// The body isn't JSON (RFC 8259); `line` and `column` say where.
    MALFORMED_JSON = BAD_REQUEST, "malformed_json", "请求正文不是合法的 JSON", "The body is not well-formed JSON";
    /// An object of the body names a member twice, so that it is unclear which value is meant.
    DUPLICATE_MEMBER = BAD_REQUEST, "duplicate_member", "请求正文中有重复的字段", "The body names a member twice";
    /// The body broke off.
    INCOMPLETE_BODY = BAD_REQUEST, "incomplete_body", "请求正文不完整", "The body is incomplete";
    /// Query parameters are missing, unknown or of a wrong form.
    INVALID_QUERY = BAD_REQUEST, "invalid_query", "查询参数有误", "The query parameters are not valid";
    /// A part of the path, such as an id, has a wrong form.
    INVALID_PATH = BAD_REQUEST, "invalid_path", "路径参数有误", "A path parameter is not valid";
    /// A header has a wrong form.
    INVALID_HEADER = BAD_REQUEST, "invalid_header", "请求头有误", "A header is not valid";
    /// There is no valid token.
    UNAUTHORIZED = UNAUTHORIZED, "unauthorized", "未登录或凭据无效", "Not signed in, or the token is not valid";
    /// Name or password are wrong; the answer does not say which.
    WRONG_CREDENTIALS = UNAUTHORIZED, "wrong_credentials", "用户名或密码错误", "Wrong name or password";
    /// The password is right; a code of the second factor must come with it.
    CODE_MISSING = UNAUTHORIZED, "second_factor_code_missing", "请同时输入动态口令", "A code of the second factor is required";
    /// The code of the second factor is wrong, or was used before.
    CODE_WRONG = UNAUTHORIZED, "second_factor_code_wrong", "动态口令错误或已使用过", "The code of the second factor is wrong or was used before";
    /// The session has ended: sign in again.
    SESSION_ENDED = UNAUTHORIZED, "session_ended", "登录已结束，请重新登录", "The session has ended; sign in again";
    /// The caller may not do this.
    FORBIDDEN = FORBIDDEN, "forbidden", "没有权限", "Not permitted";
    /// The password is a one-time password: `POST /api/v1/password` comes before everything else.
    PASSWORD_CHANGE_REQUIRED = FORBIDDEN, "password_change_required", "请先设置新密码", "Choose a new password first";
    /// The hall requires a second factor: `POST /api/v1/second-factor` comes before everything else.
    SECOND_FACTOR_REQUIRED = FORBIDDEN, "second_factor_required", "请先启用双因素认证", "Set up a second factor first";
    /// Nobody does this to their own account; another security administrator does.
    OWN_ACCOUNT = FORBIDDEN, "own_account", "不能对自己的账号这样做，请由另一名安全管理员办理", "Not with one's own account; ask another security administrator";
    /// The resource doesn't exist, or the caller may not see it.
    NOT_FOUND = NOT_FOUND, "not_found", "未找到", "Not found";
    /// The path exists, but not with this method; `Allow` names those it has.
    METHOD_NOT_ALLOWED = METHOD_NOT_ALLOWED, "method_not_allowed", "不支持该请求方法", "Method not allowed";
    /// The caller takes no answer of the kind that there is (`Accept`), or none as it can be coded (`Accept-Encoding`).
    NOT_ACCEPTABLE = NOT_ACCEPTABLE, "not_acceptable", "没有可接受的应答格式", "No answer of an acceptable kind";
    /// The body came too slowly.
    REQUEST_TIMEOUT = REQUEST_TIMEOUT, "request_timeout", "接收请求超时", "The request took too long to arrive";
    /// The resource is in a state that doesn't permit this.
    CONFLICT = CONFLICT, "conflict", "与当前状态冲突", "Not possible in the current state";
    /// Persons of the case or certificate can't be read (their key is missing, or they were changed), and this needs them.
    PERSONS_UNREADABLE = CONFLICT, "persons_unreadable", "个人信息无法读取", "The persons' data can't be read";
    /// The hall would be left without an active security administrator.
    LAST_SECURITY_ADMINISTRATOR = CONFLICT, "last_security_administrator", "至少须保留一名在用的安全管理员", "The last active security administrator stays";
    /// A second factor is in use: the security administrator removes it first.
    SECOND_FACTOR_IN_USE = CONFLICT, "second_factor_in_use", "已启用双因素认证", "A second factor is in use";
    /// No second factor waits for its first code: `POST /api/v1/second-factor` comes first.
    NO_SECOND_FACTOR_PREPARED = CONFLICT, "no_second_factor_prepared", "没有待确认的双因素认证", "No second factor waits for its first code";
    /// A form of a page that was opened before the session began: it is shown once more, and sent once more it is done.
    PAGE_EXPIRED = CONFLICT, "page_expired", "页面已过期", "The page has expired";
    /// Somebody else changed the resource first; `current_version` is its version now.
    VERSION_STALE = PRECONDITION_FAILED, "version_stale", "数据已被他人修改", "Changed by somebody else in the meantime";
    /// The body is larger than the limit.
    CONTENT_TOO_LARGE = PAYLOAD_TOO_LARGE, "content_too_large", "请求正文过大", "The body is too large";
    /// The media type of the body is not supported.
    UNSUPPORTED_MEDIA_TYPE =
        UNSUPPORTED_MEDIA_TYPE, "unsupported_media_type", "不支持该内容类型", "Unsupported media type";
    /// The data is well-formed but not valid; `errors` lists every fault.
    INVALID_REQUEST = UNPROCESSABLE_ENTITY, "invalid_request", "请求数据有误", "The data of the request is not valid";
    /// A request that overwrites needs `If-Match` with the version that was seen.
    PRECONDITION_REQUIRED =
        PRECONDITION_REQUIRED, "precondition_required", "须提供 If-Match 请求头", "If-Match is required";
    /// The key of `Idempotency-Key` was used for another request.
    IDEMPOTENCY_KEY_REUSED = UNPROCESSABLE_ENTITY, "idempotency_key_reused",
        "Idempotency-Key 已用于另一请求", "The Idempotency-Key was already used for a different request";
    /// The same request with the same key was done before, and its answer can't be given again: what it made was changed since, or is gone.
    ANSWER_GONE = CONFLICT, "answer_gone", "该请求先前已办理，原应答已不能再次提供", "The same request was done before, and its answer can't be given again";
    /// Too many requests; `Retry-After` says when to come back.
    TOO_MANY_REQUESTS = TOO_MANY_REQUESTS, "too_many_requests", "请求过于频繁", "Too many requests";
    /// Too many wrong passwords; `Retry-After` says when to try again.
    TOO_MANY_ATTEMPTS = TOO_MANY_REQUESTS, "too_many_attempts", "密码输错次数过多，请稍后再试", "Too many wrong passwords; try again later";
    /// Somebody has locked, suspended and revoked as many certificates and services within an hour as they may; `Retry-After` says when it may again.
    TOO_MANY_REPORTS = TOO_MANY_REQUESTS, "too_many_reports", "一小时内锁定、暂停、注销的证书过多", "Too many certificates were locked, suspended or revoked within an hour";
    /// `Retry-After` says when cases may be opened again; the hall sets how many a system, and an account, may open within an hour.
    TOO_MANY_OPENINGS = TOO_MANY_REQUESTS, "too_many_openings", "一小时内提交的申请过多", "Too many cases were opened within an hour";
    /// A fault of the service itself; the log has it under `request_id`.
    INTERNAL_ERROR = INTERNAL_SERVER_ERROR, "internal_error", "服务内部错误", "Internal error";
    /// The service is busy or stopping; `Retry-After` says when to come back.
    UNAVAILABLE = SERVICE_UNAVAILABLE, "unavailable", "服务暂不可用", "Temporarily unavailable";
    /// The connection to the database broke during the commit: check the result, or repeat with the same
    /// `Idempotency-Key`.
    OUTCOME_UNKNOWN = SERVICE_UNAVAILABLE, "outcome_unknown", "结果未知，请查询后再试", "The outcome is unknown; check before trying again";
    /// The process lives, but a dependency doesn't work; `checks` says which.
    NOT_READY = SERVICE_UNAVAILABLE, "not_ready", "服务尚未就绪", "Not ready";
}

/// The codes of single faults in `errors`, with what each means (code, Chinese, English).
pub static FAULTS: &[(&str, &str, &str)] = &[
    ("missing_field", "缺少必填项", "A required member is missing"),
    ("unknown_field", "多出未定义的字段", "An unknown member"),
    ("one_of", "只能且必须填写其中一种", "Exactly one of several members is wanted"),
    ("cannot_read_events", "该系统无权读取事件", "The system may not read events"),
    ("empty_range", "时间范围为空", "The range of time is empty"),
    ("target_refused", "不允许推送到该地址", "Nothing is sent to this address"),
    ("too_many_webhooks", "事件推送已达上限", "There are as many webhooks as there may be"),
    ("not_own", "不属于本系统", "It is another system's"),
    ("unknown_event", "没有这个事件，或该系统无权查看", "There is no such event, or the system may not see it"),
    ("webhook_inactive", "事件推送已停用", "The webhook is switched off"),
    ("bad_url", "不是可以推送的地址", "Nothing can be sent to this address"),
    ("wrong_type", "类型不对", "The value has the wrong type"),
    ("too_short", "文字过短", "The text is too short"),
    ("too_long", "文字过长", "The text is too long"),
    ("too_small", "数值过小", "The number is too small"),
    ("too_large", "数值过大", "The number is too large"),
    ("not_multiple", "不是规定单位的整数倍", "The number is not a multiple of its unit"),
    ("not_one_of", "不在允许的取值之内", "The value is not one of the allowed values"),
    ("bad_format", "格式不对，如日期、时间、UUID", "The text does not have the required format, such as date or uuid"),
    ("bad_pattern", "不符合规定的样式", "The text does not match the required pattern"),
    ("too_few_items", "项数过少", "The list has too few items"),
    ("too_many_items", "项数过多", "The list has too many items"),
    ("repeated_item", "列表中有重复项", "The list contains a duplicate item"),
    ("bad_text", "含有不能用的字符，或过短、过长", "The text contains invalid characters, or is too short or too long"),
    ("repeated_parameter", "参数重复", "The parameter is given more than once"),
    ("invalid_value", "取值无效", "The value is not valid"),
    (
        "unknown_cursor",
        "没有这个事件，可能已从备份恢复",
        "There is no such event; the database may have been restored from a backup",
    ),
    ("already_applied", "单位已有证书或在办事项", "The organization has a certificate or an open case"),
    ("taken", "已被占用", "It is taken already"),
    ("duplicate", "重复出现", "It is named twice"),
    ("nothing_changed", "内容没有变化", "Nothing would change"),
    ("unexpected", "此处不需要", "It does not belong here"),
    ("unexpected_field", "此处不应填写", "The member does not belong here"),
    ("one_of_two", "两项须且只须填写一项", "Exactly one of two is wanted"),
    ("contradiction", "与另一项矛盾", "It contradicts another member"),
    ("out_of_range", "超出范围", "It is out of range"),
    ("out_of_order", "先后次序不对", "It is out of order"),
    ("not_later", "须晚于现有的期限", "It must be later than what is in force"),
    ("too_late", "过迟", "It is too late"),
    ("in_the_future", "不得晚于现在", "It must not be in the future"),
    ("implausible_date", "日期不合常理", "The date is not plausible"),
    ("bad_time", "日期或时间格式不对", "It is not a date or a time"),
    ("bad_serial", "序列号格式不对", "It is not a serial number"),
    ("bad_case", "不是办件编号", "It is not the number or id of a case"),
    ("bad_username", "用户名格式不对", "It is not a user name"),
    ("bad_client_id", "系统标识格式不对", "It is not a client id"),
    ("bad_name", "名称格式不对", "It is not a name"),
    ("bad_key", "公钥无效", "The public key is not valid"),
    ("bad_roles", "角色不能这样组合", "The roles do not go together"),
    ("administrators_exclude_one_another", "三员不得兼任", "The three administrators exclude one another"),
    ("administrators_do_no_business", "管理员不办理业务", "Administrators do not work on cases"),
    ("unknown_role", "没有这个角色", "There is no such role"),
    ("unknown_system", "没有这个系统", "There is no such system"),
    ("unknown_account", "没有这个账号", "There is no such account"),
    ("own_reports", "不能撤销本人的报告", "Somebody else withdraws one's own reports"),
    ("unknown_country", "没有这个国家或地区", "There is no such country"),
    ("outlet_missing", "须填写网点", "An outlet is needed"),
    ("outlet_or_all", "网点与全部网点只能选一", "Either an outlet or all of them"),
    ("other_outlet", "属于另一网点", "It belongs to another outlet"),
    ("other_year", "属于另一年份", "It belongs to another year"),
    ("other_medium", "不是这个介质", "It is another medium"),
    ("not_assignable", "不能指派给此人", "The case can't be assigned to this person"),
    ("not_there", "没有这一项", "There is none"),
    ("not_offered", "不提供此项", "It is not offered"),
    ("persons_erased", "个人信息已按保存期限删除", "The persons were erased at the end of the retention"),
    ("holds_number", "不得填写证件号码或电话", "It must not hold a person's number"),
    ("codes_differ", "两个代码不是同一单位的", "The two codes are not of one organization"),
    ("override_not_permitted", "只有督办人员可以放行校验位", "Only a supervisor accepts a wrong check character"),
    ("required_application_missing", "缺少必须开通的应用", "An application that must be opened is missing"),
    ("responsibility_letter_not_accepted", "未接受责任书", "The responsibility letter was not accepted"),
    ("responsibility_letter_changed", "责任书已更新，须重新阅读并接受", "The responsibility letter is another one now"),
    ("document_not_sighted", "未核验证件", "The identity document was not seen"),
    ("not_signed", "未签署", "It was not signed"),
    ("no_original", "该材料没有原件可核验", "The document has no original to be seen"),
    ("more_stamped_than_received", "盖章份数多于收到份数", "More copies are stamped than were received"),
    ("more_than_owed", "多于应缴金额", "It is more than is owed"),
    ("bad_length", "位数不对", "It has a wrong length"),
    ("bad_characters", "含有不能用的字符", "It has characters that do not belong there"),
    ("all_zeros", "不得全为零", "It is all zeros"),
    ("wrong_check_character", "校验位不符", "The check character is wrong"),
    ("unknown_province", "没有这个行政区划", "There is no such province"),
    ("impossible_birth_date", "出生日期不存在", "The date of birth does not exist"),
    ("too_young", "年龄过小", "The person is too young"),
    ("bad_document_number", "证件号码格式不对", "It is not a number of this document"),
    ("bad_phone_number", "电话号码格式不对", "It is not a telephone number"),
    ("wrong_password", "原密码错误", "The old password is wrong"),
    ("password_unchanged", "新密码与原密码相同", "The new password is the old one"),
    ("password_too_short", "密码过短", "The password is too short"),
    ("password_too_long", "密码过长", "The password is too long"),
    ("password_too_weak", "密码容易被猜到", "The password is too easy to guess"),
    ("second_factor_code_wrong", "动态口令错误或已使用过", "The code of the second factor is wrong or was used"),
    ("unknown_person", "办件没有此人", "The case has no such person"),
    // Of tables.
    ("text_encoding_unknown", "无法识别文字编码", "The encoding of the text isn't known"),
    ("csv_invalid", "不符合CSV格式", "It is not CSV"),
    ("file_empty", "文件没有内容", "The file is empty"),
    ("unknown_column", "没有这一列", "There is no such column"),
    ("duplicate_column", "列重复", "A column is given twice"),
    ("missing_column", "缺少必需的列", "A column is missing"),
    ("too_many_fields", "字段多于标题列", "A line has more fields than the header"),
    // Of a year of the calendar.
    ("year_out_of_range", "年份超出范围", "The year is out of range"),
    ("no_days", "文件中没有这一年的日期", "The file has no days of the year"),
    ("too_many_days", "日期过多", "It has too many days"),
    ("day_named_twice", "日期重复出现", "A day is named twice"),
    ("day_outside_year", "日期不在这一年内", "A day is outside the year"),
    ("day_without_name", "日期没有注明节日的中英文名称", "A day lacks the holiday's name in Chinese or English"),
    ("make_up_workday_on_weekday", "调休上班日不是周六或周日", "A make-up working day isn't on a Saturday or Sunday"),
    ("holidays_missing", "没有节假日，日历可能不完整", "There are no holidays: the calendar may be incomplete"),
    ("fixed_holiday_missing", "法定节日未列为节假日", "A holiday of a fixed date isn't among the holidays"),
    (
        "make_up_workdays_missing",
        "没有调休上班日，日历可能不完整",
        "There are no make-up working days: the calendar may be incomplete",
    ),
    ("notice_missing", "没有放假安排通知", "There is no holiday notice"),
    ("notice_without_source", "通知没有网址，也没有出处", "A notice has neither an address nor a source"),
    ("notice_address_invalid", "通知网址无效", "The address of a notice is none of the web"),
    // Of its files.
    ("text_not_utf8", "文件不是UTF-8编码", "The file isn't UTF-8"),
    ("value_invalid", "值无效", "A value isn't valid"),
    ("kind_unknown", "无法判断是休还是班", "It says neither free nor worked"),
    ("name_without_english", "缺少英文名称", "The English name is missing"),
    ("not_icalendar", "不是iCalendar文件", "It is not an iCalendar file"),
    ("line_invalid", "不是iCalendar内容行", "It is not a line of an iCalendar file"),
    ("nested_too_deeply", "组件嵌套过深", "Components are nested too deeply"),
    ("component_mismatched", "组件的开头与结尾不匹配", "The end of a component doesn't fit its beginning"),
    ("component_not_ended", "组件没有结尾", "A component has no end"),
    ("event_without_start", "事件缺少DTSTART", "An event has no DTSTART"),
    ("event_without_name", "事件没有名称", "An event has no name"),
    ("event_end_invalid", "事件的结束无效", "The end of an event isn't valid"),
    ("event_too_long", "事件过长", "An event is too long"),
    ("event_recurs", "不接受重复事件", "An event recurs"),
    ("event_contradicts_itself", "事件既标为休又标为班", "An event is marked both as free and as worked"),
    ("zone_unknown", "未知的时区", "The time zone isn't known"),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_two_kinds_share_a_code() {
        let mut codes: Vec<_> = ALL.iter().map(|kind| kind.code).collect();
        let all = codes.len();
        codes.sort_unstable();
        codes.dedup();
        assert_eq!(codes.len(), all);
    }
}
