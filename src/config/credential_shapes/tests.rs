//! Tests with samples of credentials and of similar texts.

use super::random::is_random;
#[cfg(feature = "run")]
use super::tokens::tokens;
use super::*;

/// Credentials in two parts, so that secret scanners do not report this file.
const CREDENTIALS: &[(&str, &str)] = &[
    // Tokens with a prefix.
    ("gh", "p_16C7e42F292c6912E7710c838347Ae178B4a"),
    ("gh", "o_16C7e42F292c6912E7710c838347Ae178B4a"),
    ("github", "_pat_11ABCDEFG0aBcDeFgHiJkL_0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTU"),
    ("gl", "pat-a1B2c3D4e5F6g7H8i9J0"),
    ("gl", "rt-t1_a1B2c3D4e5F6g7H8i9J0kLmNoPq.01.0z1x2c3v4"),
    ("GR", "1348941a1B2c3D4e5F6g7H8i9J0"),
    ("xox", "b-123456789012-1234567890123-AbCdEfGhIjKlMnOpQrStUvWx"),
    ("xox", "p-123456789012-1234567890123-abcdef"),
    ("xapp", "-1-A0123-456-abcdef"),
    ("sk_", "live_51H8abcdefghijklmnop"),
    ("rk_", "live_51H8abcdefghijklmnop"),
    ("wh", "sec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"),
    ("sk", "-proj-abcdEFGH1234abcdEFGH1234T3BlbkFJabcdEFGH1234"),
    ("sk", "-ant-api03-abcdEFGH1234abcdEFGH-abcdEFGH1234AA"),
    ("sk", "-or-v1-0123456789abcdef0123456789abcdef0123456789abcdef"),
    ("AKIA", "IOSFODNN7EXAMPLE"),
    ("use ASIA", "IOSFODNN7EXAMPLE here"),
    (
        "ABSK",
        "QmVkcm9ja0FQSUtleS1hYmNkLWF0LTEyMzQ1Njc4OTAxMjphYmNkZWZnaGlqa2xtbm9wcXJzdHV2d3h5ejAxMjM0NTY3ODlBQkNERUZHSElKS0xNTk8=",
    ),
    ("LTAI", "5tFa1b2C3d4E5f6G7h8I"),
    ("AIza", "SyA1234567890abcdefghijklmnopqrstuv"),
    ("GOCSPX", "-a1B2c3D4e5F6g7H8i9J0kLmNoPqR"),
    ("1", "//0gAbCdEfGhIjKlCgYIARAAGBASNwF-L9IrAbCdEfGhIjKlMnOpQrStUvWxYz0123456789"),
    ("ya29", ".a0AfH6SMBabcdefghijklmnop"),
    ("ey", "JhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0In0.c2lnbmF0dXJl"),
    (
        "ey",
        "JhbGciOiJkaXIiLCJlbmMiOiJBMjU2R0NNIn0..48V1_ALb6US04U3b.5eym8TW_c8SuK0ltJ3rpYIzOeDQz7TALvtu6UG9oMo4vpzs9tX_EFShS8iB7j6ji.XFBoMYUZodetZdvTiFvSkQ",
    ),
    ("ey", "JrIjoiT0tTcG1pUlY2RnVKZTFVaDFsNFZXdE9ZWmNrMkZYbk0iLCJuIjoiYSIsImlkIjoxfQ=="),
    ("gl", "sa_abcdEFGH1234abcdEFGH1234abcdEFGH_0123abcd"),
    ("gl", "c_eyJvIjoiMTIzIiwibiI6ImEiLCJrIjoiYWJjIn0="),
    ("SG", ".abcDEF123456abcDEF1234.abcDEF1234567890abcDEF1234567890abcDEF12345"),
    ("hf", "_abcdefghijklmnopqrstuvwxyzABCDEFGH"),
    ("npm", "_abcdefghijklmnopqrstuvwxyz0123456789"),
    ("pypi", "-AgEIcHlwaS5vcmcCJDAwMDAwMDAw"),
    ("dop", "_v1_0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"),
    ("shp", "at_0123456789abcdef0123456789abcdef"),
    ("sntrys", "_eyJpYXQiOjE2ODczMzY1NDMuNjk4NTksInVybCI6bnVsbH0=_XNEUPT5fT5fT5fT5fT5f"),
    ("sntryu", "_0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"),
    ("ops", "_eyJzaWduSW5BZGRyZXNzIjoibXkuMXBhc3N3b3JkLmNvbSJ9"),
    ("A3", "-ABCDEF-GHIJK1-LMN2P-QRS3T-UVW4X-YZ567"),
    ("abcDEF12345678", ".atlasv1.abcDEF1234567890abcDEF1234567890abcDEF1234567890abcDEF123456"),
    ("hv", "s.CAESIJlU9JMYEhOPYv4igdhm9PnZDrabYTobQ4Ymnlq1qY-LGh4KHGh2cy43OVRNMnZakjDKlF"),
    ("s", ".8kfRaBcDeFgHiJkLmN1o2P3q"),
    ("dp", ".pt.abcdEFGH1234abcdEFGH1234abcdEFGH1234abcdEFG"),
    ("dp", ".st.prd.abcdEFGH1234abcdEFGH1234abcdEFGH1234abc"),
    ("lin", "_api_abcdEFGH1234abcdEFGH1234abcdEFGH1234abcd"),
    ("PMAK", "-0123456789abcdef01234567-0123456789abcdef0123456789abcdef01"),
    ("NRAK", "-ABCDEFGHIJKLMNOPQR123456789"),
    ("0123456789abcdef0123456789abcdef", "0123NRAL"),
    ("pdus", "+_0XBPWQQ_1dfa42ce-f2b5-4dcd-8a1f-1e2d3c4b5a69"),
    ("SK", "0123456789abcdef0123456789abcdef"),
    ("AC0123456789abcdef0123456789abcdef", ":0123456789abcdef0123456789abcdef"),
    ("dapi", "0123456789abcdef0123456789abcdef-2"),
    ("ATATT3", "xFfGF0abcdEFGH1234abcdEFGH1234abcdEFGH=0A1B2C3D"),
    ("ATBB", "abcdEFGH1234abcdEFGH1234abcd1234"),
    ("00", "QnXzKp7RtVbY3mWcJ5gHdL8sNaF2eU9iOxTwZkBq"),
    ("AGE-SECRET-KEY-1", "QPZRY9X8GF2TVDW0S3JN54KHCE6MUA7LQPZRY9X8GF2TVDW0S3JN54KHCE"),
    ("key", "-0123456789abcdef0123456789abcdef"),
    ("0123456789abcdef0123456789abcdef", "-01234567-89abcdef"),
    ("0123456789abcdef0123456789abcdef", "-us21"),
    ("HRKU-AA", "abcdEFGH1234_abcdEFGH1234-abcdEFGH1234abcdEFGH1234abcdEFG"),
    ("EAAA", "EabcdEFGH1234abcdEFGH1234abcdEFGH1234abcdEFGH1234abcdEFGH12"),
    ("sq0", "csp-abcdEFGH1234abcdEFGH1234abcdEFGH1234abcdEFG"),
    ("sq", "p_0123456789abcdef0123456789abcdef01234567"),
    ("ddp", "_AbCdEfGhIjKlMnOpQrStUvWxYz0123456789"),
    ("dt0c01", ".ST2EY72KQINMH574WMNVI7YN.G3DFPBEJYMODIDAEX454M7YWBUVEFOWKPRVMWFASS64NFH52PX6BNDVFFM572RZM"),
    ("CCIPAT", "_5kAbCdEfGhIjKl_0123456789abcdef0123456789abcdef01234567"),
    ("AKCp", "8abcdEFGH1234abcdEFGH1234abcdEFGH1234abcdEFGH1234abcdEFGH1234abcdEFGH1234"),
    ("pul", "-0123456789abcdef0123456789abcdef01234567"),
    ("nvapi", "-abcdEFGH1234abcdEFGH1234abcdEFGH1234abcdEFGH"),
    ("sha256", "~abcdEFGH1234abcdEFGH1234abcdEFGH1234abcdEFG"),
    ("abc8Q", "~abcdEFGH1234abcdEFGH1234abcdEFGH12"),
    ("abcdEFGH1234abcdEFGH1234abcdEFGH1234abcdEFGH1234abcdEFGH1234abcdEFGH1234abcd", "AZDO1234"),
    ("0123456789abcdef01234567", ":0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"),
    ("123456789", ":AAEhBOweik6ad9r_QXMENQjcrGbqCr4K-ab"),
    ("MTk4NjIyNDgzNDcxOTI1MjQ4", ".Cl2FMQ.ZnCjm1XVW7vRze4b7Cq4se7kKWs"),
    ("sdk", "-0f1e2d3c-4b5a-4697-8887-96a5b4c3d2e1"),
    ("access", "-production-0f1e2d3c-4b5a-4697-8887-96a5b4c3d2e1"),
    // Keys.
    ("-----BEGIN RSA ", "PRIVATE KEY-----\nMIIE"),
    ("-----BEGIN OPENSSH ", "PRIVATE KEY-----\nb3Bl"),
    ("-----BEGIN PGP ", "PRIVATE KEY BLOCK-----\n\nlQ"),
    ("PuTTY-User-Key-File", "-3: ssh-ed25519"),
    ("LS0tLS1CRUdJTiBSU0Eg", "UFJJVkFURSBLRVktLS0tLQpNSUlF"),
    ("{\"type\": \"service_account\", \"private_key\": \"-----BEGIN ", "PRIVATE KEY-----\\nMIIE\"}"),
    // Headers.
    ("Bearer ", "abcdefghijkl"),
    ("Basic ", "dXNlcjpwYXNzd29yZA=="),
    ("Authorization: ", "Bearer abcdefghijkl"),
    ("Authorization: ApiKey ", "VnVhQ2ZHY0JDZGJrUW0tZTVhT3g6dWkybHAyYXhUTm1zeWFrdzl0dk5udw=="),
    ("Authorization: GenieKey ", "eb243592-faa2-4ba2-a551-1afdf565c889"),
    ("Authorization: Token token=", "y_NbAkKc66ryYTWUXYEu"),
    ("curl -sS -H 'Authorization: SSWS ", "00QCjAl4MlV-WPXM' https://h/api"),
    ("send x-api-key: ", "a1b2c3d4e5 with it"),
    ("DD-API-KEY: ", "0123456789abcdef0123456789abcdef"),
    ("Cookie: ", "session=9f8aK2m4Qx7Zp1Lw"),
    ("Api-Token ", "a1B2c3D4e5F6"),
    ("GenieKey ", "eb243592-faa2-4ba2-a551-1afdf565c889"),
    ("PVEAPIToken=", "root@pam!x=0f1e2d3c-4b5a-4697-8887-96a5b4c3d2e1"),
    ("curl -u ", "bob:hunter2 https://h/"),
    ("curl https://h/ --user '", "bob:hunter2'"),
    ("//registry.npmjs.org/:_authToken=", "0f1e2d3c-4b5a-4697-8887-96a5b4c3d2e1"),
    // Connection strings and URLs.
    ("postgres://user", ":pw@db.example.com/x"),
    ("redis://", ":hunter2@cache:6379/0"),
    ("https://0123456789abcdef0123456789abcdef", "@o12345.ingest.sentry.io/67890"),
    ("https://o1.ingest.sentry.io/api/1/store/?sentry_key=", "0123456789abcdef0123456789abcdef"),
    ("jdbc:oracle:thin:scott", "/tiger@//db.example.com:1521/orcl"),
    ("jdbc:mysql://h/db?user=u&password=", "hunter2"),
    ("root:hunter2", "@tcp(127.0.0.1:3306)/db"),
    ("Server=db;User Id=sa;", "Password=hunter2;"),
    (
        "DefaultEndpointsProtocol=https;AccountName=x;Account",
        "Key=abcd1234==;EndpointSuffix=core.windows.net",
    ),
    ("Endpoint=sb://x/;SharedAccessKeyName=n;SharedAccess", "Key=abc="),
    ("?sv=2022-11-02&ss=b&sig=", "a1B2c3D4%2Be5F6g7H8i9J0kLmNoPqR%3D"),
    ("host=db user=u ", "password=hunter2"),
    ("https://hooks.slack.com/services/", "T00000000/B00000000/XXXXXXXXXXXXaaaa1111"),
    ("https://discord.com/api/webhooks/", "123456/abcdef-GHIJ"),
    ("https://ptb.discord.com/api/v10/webhooks/", "123456/abcdef-GHIJ"),
    ("https://x.webhook.office.com/webhookb2/", "0f1e2d3c-4b5a-4697-8887-96a5b4c3d2e1@a/IncomingWebhook/b/c"),
    (
        "https://prod-1.westeurope.logic.azure.com/workflows/0/triggers/manual/paths/invoke?sig=",
        "a1B2c3D4e5F6",
    ),
    ("https://chat.googleapis.com/v1/spaces/AAAA/messages?key=AIza", "SyA1234567890abcdefghijklmnopqrstuv"),
    ("https://events.pagerduty.com/integration/", "0123456789abcdef0123456789abcdef/enqueue"),
    (
        "https://alert.victorops.com/integrations/generic/20131114/alert/",
        "0f1e2d3c-4b5a-4697-8887-96a5b4c3d2e1/x",
    ),
    ("https://hooks.zapier.com/hooks/catch/", "123456/abcdef/"),
    ("https://h/x?sig=", "abc%3D"),
    ("https://api.telegram.org/bot123456789", ":AAEhBOweik6ad9r_QXMENQjcrGbqCr4K-ab/getMe"),
    // Assignments.
    ("DB_PASSWORD=", "hunter2"),
    ("export API_TOKEN=\"", "a1b2c3\""),
    ("session=", "9f8aK2m4Qx7Zp1Lw"),
];

const OTHERS: &[&str] = &[
    // URLs and paths.
    "https://api.example.com/v1/incidents?limit=100&page=2",
    "https://api.example.com/token",
    "https://api.example.com/2010-04-01/Accounts/AC0123456789abcdef0123456789abcdef/Messages.json",
    "https://hooks.slack.com/services/{path}",
    "https://{user}:{password}@db.example.com/x",
    "https://$USER:$PASSWORD@db.example.com/x",
    "ssh://git@github.com/org/repo",
    "https://h/@team:x",
    "mailto:a@example.com",
    "sip:alice@example.com",
    "/var/lib/cton/secret",
    "./splunk",
    "org/repo@main",
    "arn:aws:iam::123456789012:role/reader",
    "arn:aws:secretsmanager:eu-west-1:123456789012:secret:prod/db-a1b2c3",
    "exports/2026/11/30/report.json",
    "image:1.2.3@sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef",
    // Identifiers.
    "550e8400-e29b-41d4-a716-446655440000",
    "d41d8cd98f00b204e9800998ecf8427e",
    "da39a3ee5e6b4b0d3255bfef95601890afd80709",
    "sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef",
    "PROJ-123",
    "AC0123456789abcdef0123456789abcdef",
    "2026-11-30T06:00:00Z",
    "10.0.0.1:8080",
    "fe80::1",
    "#ff8800",
    "eu-west-1",
    "web-team",
    "ghp_",
    "eyJhbGci",
    "AKIA",
    "AKIAS are keys",
    "sk-learn-pipeline-for-all-teams",
    "npm_downloads_of_the_last_week",
    "hf_models_by_pipeline",
    "glc_connections_of_the_cluster_total",
    "secret_rotation_of_the_last_week_by_team_and_region",
    "key-value-store-of-all-the-teams",
    "sl.example.com",
    "s.example.com",
    "dp.example.com",
    "pat.na1.example.com",
    // Queries and templates.
    "SELECT name, count(*) FROM t WHERE state = 'open' AND age > 7",
    "status:open -label:bug author:me",
    "jql=project = KEY AND status = Open",
    "index=web session=active",
    "index=main sourcetype=auth | stats count by user",
    "^token=(.*)$",
    "token=[^&]+",
    "password=\\S+",
    "page_token={next}",
    "token={TOKEN}",
    "token=$TOKEN",
    "token=<token>",
    "token=%s",
    "password=required",
    "auth=basic",
    "pass_threshold=0.95",
    "secret_ref=prod/db",
    "jwt_alg=RS256",
    "a=b;c=d",
    "code=US",
    "sum by (key) (rate(x_total[5m]))",
    // Prose.
    "basic authentication of users",
    "Basic authentication",
    "bearer of good news",
    "Bearer",
    "Token expired",
    "Token authentication",
    "token: the one of the team",
    "Authorization: required",
    "authorization: see the handbook",
    "Duration of the last poll in seconds.",
    "counts tokens: prompt_tokens, completion_tokens",
    "curl -u needs a user",
    "users (-u) and groups: all",
    "the token 2026-11-30 of the team",
    "the bot v1.2.3-rc.4 is new",
    "oauth 2.0 of the team",
    "requests with a cookie: many",
    "",
];

/// Identifiers, dates, paths and versions that are not random.
const ORDINARY: &[&str] = &[
    "incident_number",
    "2026-11-30",
    "550e8400-e29b-41d4-a716-446655440000",
    "PROJECT-1",
    "PROJ-123",
    "PLATFORM-12345678",
    "created_at_2026",
    "exports/2026/11/30/report.json",
    "backups/2026-11-30T06:00:00Z/dump.sql",
    "logs/2026-11-30/PROJ-123.json.gz",
    "year=2026/month=11/day=30/part-0001.parquet",
    "v1.2.3-rc.4+build.567",
    "20261130T060000Z-report.csv",
    "US-EAST-1A-2026-Q4",
    "fields.customfield_10042.value",
];

#[test]
fn credentials_are_known_by_their_shape() {
    assert!(CREDENTIALS.len() >= 60);
    let missed = |(head, tail): &&(&str, &str)| credential(&format!("{head}{tail}")).is_none();
    let missed: Vec<_> = CREDENTIALS.iter().filter(missed).collect();
    assert!(missed.is_empty(), "{missed:#?}");
}

#[test]
fn other_texts_are_none() {
    assert!(OTHERS.len() >= 60);
    let taken: Vec<_> = OTHERS.iter().filter_map(|text| Some((text, credential(text)?))).collect();
    assert!(taken.is_empty(), "{taken:#?}");
}

/// Texts with percent-encoding, or with what only looks like it, that hold no credential.
const OTHERS_WITH_PERCENT: &[&str] = &[
    "https://api.example.com/search?q=user%40example.com&limit=10",
    "https://h/x?email=user%2540example.com",
    "https://h/x?jql=project%20%3D%20KEY%20AND%20session%3Dactive",
    "https://h/x?since=2026-11-30T06%3A00%3A00Z",
    "https://%7Buser%7D:%7Bpassword%7D@db.example.com/x",
    "https://h/x?next=https%3A%2F%2Fapi.example.com%2Fv1%3Fpage_token%3D%7Bnext%7D",
    "ssh%3A%2F%2Fgit%40github.com%2Forg%2Frepo",
    "arn%3Aaws%3Aiam%3A%3A123456789012%3Arole%2Freader",
    "token=%7BTOKEN%7D",
    "token%3D%24TOKEN",
    "password%3Drequired",
    "password=%DB_PASSWORD%",
    "token=%DEPLOY_TOKEN%",
    "pin=%04d",
    "pin=%-4d",
    "%Y-%m-%dT%H:%M:%S",
    "100 % of the tokens, 100%25",
    "name LIKE '%ab%'",
    "caf%C3%A9 %E6%B8%A9%E5%BA%A6",
    "%",
    "%4",
    "%zz%4",
    "ghp%5F",
    "%41KIA",
    "Basic%20authentication",
];

/// Credentials with percent-encoding as people and programs write it.
const CREDENTIALS_WITH_PERCENT: &[(&str, &str)] = &[
    ("https://user:", "p%40ss@db.example.com/x"),
    ("https://user:", "%68unter2@db.example.com/x"),
    ("https://h/x?next=https%3A%2F%2Fuser%3A", "hunter2%40db.example.com"),
    ("https://h/x?next=https%253A%252F%252Fuser%253A", "hunter2%2540db.example.com"),
    ("https://h/x?token=gh", "p%5F16C7e42F292c6912E7710c838347Ae178B4a"),
    ("%67h", "p_16C7e42F292c6912E7710c838347Ae178B4a"),
    ("next%3Agh", "p_16C7e42F292c6912E7710c838347Ae178B4a"),
    ("password=", "%68unter2"),
    ("x%0AAuthorization: Bearer ", "a1b2c3d4e5"),
];

#[test]
fn credentials_with_percent_encoding_are_known() {
    let texts = CREDENTIALS_WITH_PERCENT.iter().map(|(head, tail)| format!("{head}{tail}"));
    let missed: Vec<_> = texts.filter(|text| credential(text).is_none()).collect();
    assert!(missed.is_empty(), "{missed:#?}");
}

#[test]
fn credentials_are_known_after_percent_encoding_once_and_twice() {
    let mut missed = Vec::new();
    for (head, tail) in CREDENTIALS {
        let plain = format!("{head}{tail}");
        for encode in [encoded_marks, encoded_all, encoded_second] {
            let once = encode(&plain);
            missed.extend([encode(&once), once].into_iter().filter(|text| credential(text).is_none()));
        }
    }
    assert!(missed.is_empty(), "{missed:#?}");
}

#[test]
fn other_texts_are_none_after_percent_encoding_either() {
    let encodings = OTHERS.iter().flat_map(|text| [encoded_marks(text), encoded_all(text)]);
    let texts = encodings.flat_map(|once| [encoded_marks(&once), once]);
    let texts = texts.chain(OTHERS_WITH_PERCENT.iter().map(|text| (*text).to_owned()));
    let taken: Vec<_> = texts.filter_map(|text| Some((credential(&text)?, text))).collect();
    assert!(taken.is_empty(), "{taken:#?}");
}

/// Encodes a text as a URL library encodes the value of a parameter.
fn encoded_marks(text: &str) -> String {
    encoded(text, |_, byte| !byte.is_ascii_alphanumeric())
}

fn encoded_all(text: &str) -> String {
    encoded(text, |_, _| true)
}

fn encoded_second(text: &str) -> String {
    encoded(text, |at, _| at % 2 == 0)
}

fn encoded(text: &str, is_encoded: fn(usize, u8) -> bool) -> String {
    let one = |(at, byte): (usize, u8)| match byte {
        byte if is_encoded(at, byte) || !byte.is_ascii() => {
            if at % 4 == 0 {
                format!("%{byte:02x}")
            } else {
                format!("%{byte:02X}")
            }
        }
        byte => char::from(byte).to_string(),
    };
    text.bytes().enumerate().map(one).collect()
}

#[test]
fn credentials_are_known_inside_of_a_text() {
    let mut missed = Vec::new();
    for (head, tail) in CREDENTIALS.iter().filter(|(head, _)| !head.starts_with('?')) {
        for (before, after) in [("see ", " there"), ("(", ")"), ("a=\"", "\"")] {
            let text = format!("{before}{head}{tail}{after}");
            missed.extend(credential(&text).is_none().then_some(text));
        }
    }
    assert!(missed.is_empty(), "{missed:#?}");
}

#[test]
fn random_texts_are_told_from_ordinary_ones() {
    for text in [
        "9f8aK2m4Qx7Zp1Lw",
        "a3f1b2c4d5e6f7a8b9c0d1e2f3a4b5c6",
        "aB3xY7Qz9K/mN4pL8sT2+vW6yR1=",
        "k9-Xa7Qz2mN8pL4sT6vW",
        "kd8f7g6h5j4k3l2m",
    ] {
        assert!(is_random(text), "{text}");
    }
    for text in ORDINARY {
        assert!(!is_random(text), "{text}");
    }
}

#[cfg(feature = "run")]
#[test]
fn the_range_of_a_token_is_all_of_it_and_nothing_else() {
    let token = concat!("gh", "p_16C7e42F292c6912E7710c838347Ae178B4a");
    for (before, after) in [("", ""), ("key ", ", refused"), ("https://h/", "/x"), ("\"", "\""), ("é", "é")]
    {
        let text = format!("{before}{token}{after}");
        let found: Vec<_> = tokens(text.as_bytes()).map(|range| &text[range]).collect();
        assert_eq!(found, [token], "{text}");
    }
    assert_eq!(tokens(b"nothing here, web-team, \xff\xfe").count(), 0);
}
