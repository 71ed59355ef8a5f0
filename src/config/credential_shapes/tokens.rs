//! Finds the tokens of well-known services, wherever they begin in a text.
//!
//! The formats come from the documentation of the services and from the rules of <https://github.com/gitleaks/gitleaks>.

/// Prefixes of tokens, each with the minimum length of the rest and a description; sorted by bytes.
const PREFIXES: &[(&str, usize, &str)] = &[
    ("A3-", 29, "a secret key of 1Password"),
    ("AAAAAAAAAAAAAAAAAAAAA", 60, "a token of Twitter"),
    ("ABSK", 100, "a key of Amazon Bedrock"),
    ("AGE-SECRET-KEY-", 20, "a key of age"),
    ("AKCp", 60, "a key of Artifactory"),
    ("AQVN", 35, "a key of Yandex"),
    ("ATATT3", 20, "a token of Atlassian"),
    ("ATBB", 28, "a password of Bitbucket"),
    ("ATCTT3", 20, "a token of Atlassian"),
    ("CCIPAT_", 20, "a token of CircleCI"),
    ("CCIPRJ_", 20, "a token of CircleCI"),
    ("CFPAT-", 20, "a token of Contentful"),
    ("CLOJARS_", 50, "a token of Clojars"),
    ("EAAA", 40, "a token of Square"),
    ("EAAC", 60, "a token of Facebook"),
    ("EAAM", 60, "a token of Facebook"),
    ("EZAK", 54, "a key of EasyPost"),
    ("EZTK", 54, "a key of EasyPost"),
    ("FLWSECK", 16, "a key of Flutterwave"),
    ("GOCSPX-", 20, "a client secret of Google"),
    ("GR1348941", 20, "a token of GitLab"),
    ("HRKU-", 30, "a key of Heroku"),
    ("LTAI", 12, "a key of Alibaba"),
    ("NRAK-", 20, "a key of New Relic"),
    ("NRII-", 20, "a key of New Relic"),
    ("NRIQ-", 20, "a key of New Relic"),
    ("NRJS-", 19, "a key of New Relic"),
    ("NRRA-", 20, "a key of New Relic"),
    ("PMAK-", 20, "a key of Postman"),
    ("PVEAPIToken=", 16, "a token of Proxmox"),
    ("SG.", 20, "a key of SendGrid"),
    ("ZXlKaGJHY2lPaU", 20, "a JSON web token in base64"),
    ("access-development-", 32, "a token of Plaid"),
    ("access-production-", 32, "a token of Plaid"),
    ("access-sandbox-", 32, "a token of Plaid"),
    ("access_token$production$", 20, "a token of Braintree"),
    ("api_org_", 30, "a token of Hugging Face"),
    ("bkua_", 30, "a token of Buildkite"),
    ("cmVmdGtu", 50, "a token of Artifactory"),
    ("dapi", 32, "a token of Databricks"),
    ("dckr_oat_", 16, "a token of Docker"),
    ("dckr_pat_", 16, "a token of Docker"),
    ("ddp_", 20, "a token of Datadog"),
    ("dnkey-", 40, "a key of Defined Networking"),
    ("doo_v1_", 20, "a token of DigitalOcean"),
    ("dop_v1_", 20, "a token of DigitalOcean"),
    ("dor_v1_", 20, "a token of DigitalOcean"),
    ("dp.audit.", 30, "a token of Doppler"),
    ("dp.ct.", 30, "a token of Doppler"),
    ("dp.pt.", 30, "a token of Doppler"),
    ("dp.sa.", 30, "a token of Doppler"),
    ("dp.scim.", 30, "a token of Doppler"),
    ("dp.st.", 30, "a token of Doppler"),
    ("dt0c01.", 20, "a token of Dynatrace"),
    ("dt0s01.", 20, "a token of Dynatrace"),
    ("dt0s16.", 20, "a token of Dynatrace"),
    ("duffel_live_", 40, "a token of Duffel"),
    ("duffel_test_", 40, "a token of Duffel"),
    ("eyJrIjoi", 30, "a key of Grafana"),
    ("figd_", 20, "a token of Figma"),
    ("fm1a_", 60, "a token of Fly.io"),
    ("fm1r_", 60, "a token of Fly.io"),
    ("fm2_", 60, "a token of Fly.io"),
    ("fo1_", 40, "a token of Fly.io"),
    ("ghe_", 30, "a token of GitHub"),
    ("gho_", 10, "a token of GitHub"),
    ("ghp_", 10, "a token of GitHub"),
    ("ghr_", 10, "a token of GitHub"),
    ("ghs_", 10, "a token of GitHub"),
    ("ghu_", 10, "a token of GitHub"),
    ("github_pat_", 10, "a token of GitHub"),
    ("glagent-", 20, "a token of GitLab"),
    ("glc_", 20, "a token of Grafana"),
    ("glcbt-", 10, "a token of GitLab"),
    ("gldt-", 10, "a token of GitLab"),
    ("glffct-", 16, "a token of GitLab"),
    ("glft-", 16, "a token of GitLab"),
    ("glimt-", 16, "a token of GitLab"),
    ("gloas-", 20, "a secret of GitLab"),
    ("glpat-", 10, "a token of GitLab"),
    ("glptt-", 10, "a token of GitLab"),
    ("glrt-", 10, "a token of GitLab"),
    ("glsa_", 20, "a token of Grafana"),
    ("glsoat-", 16, "a token of GitLab"),
    ("gsk_", 20, "a key of Groq"),
    ("hcaik_", 30, "a key of Honeycomb"),
    ("hf_", 20, "a token of Hugging Face"),
    ("hvb.", 20, "a token of Vault"),
    ("hvr.", 20, "a token of Vault"),
    ("hvs.", 20, "a token of Vault"),
    ("ico-", 32, "a key of Infracost"),
    ("lin_api_", 16, "a key of Linear"),
    ("lin_oauth_", 16, "a token of Linear"),
    ("lsv2_pt_", 30, "a key of LangSmith"),
    ("lsv2_sk_", 30, "a key of LangSmith"),
    ("nfp_", 30, "a token of Netlify"),
    ("npm_", 20, "a token of npm"),
    ("ntn_", 20, "a token of Notion"),
    ("nvapi-", 40, "a key of NVIDIA"),
    ("ops_eyJ", 20, "a token of 1Password"),
    ("pat-eu1-", 20, "a token of HubSpot"),
    ("pat-na1-", 20, "a token of HubSpot"),
    ("pcsk_", 30, "a key of Pinecone"),
    ("pnu_", 30, "a key of Prefect"),
    ("pplx-", 40, "a key of Perplexity"),
    ("pscale_oauth_", 20, "a token of PlanetScale"),
    ("pscale_pw_", 20, "a password of PlanetScale"),
    ("pscale_tkn_", 20, "a token of PlanetScale"),
    ("pul-", 40, "a token of Pulumi"),
    ("pypi-", 20, "a token of PyPI"),
    ("r8_", 35, "a token of Replicate"),
    ("rdme_", 50, "a key of ReadMe"),
    ("rk_live_", 10, "a key of Stripe"),
    ("rk_prod_", 10, "a key of Stripe"),
    ("rk_test_", 10, "a key of Stripe"),
    ("rubygems_", 20, "a key of RubyGems"),
    ("sb_secret_", 20, "a key of Supabase"),
    ("sbp_", 20, "a token of Supabase"),
    ("secret_", 40, "a token of Notion"),
    ("sess-", 40, "a session of OpenAI"),
    ("sgp_", 40, "a token of Sourcegraph"),
    ("shippo_live_", 30, "a token of Shippo"),
    ("shippo_test_", 30, "a token of Shippo"),
    ("shpat_", 20, "a token of Shopify"),
    ("shpca_", 20, "a token of Shopify"),
    ("shppa_", 20, "a token of Shopify"),
    ("shpss_", 20, "a secret of Shopify"),
    ("sk-", 20, "a key of an AI service"),
    ("sk_live_", 10, "a key of Stripe"),
    ("sk_prod_", 10, "a key of Stripe"),
    ("sk_test_", 10, "a key of Stripe"),
    ("sl.", 100, "a token of Dropbox"),
    ("sntrys_", 20, "a token of Sentry"),
    ("sntryu_", 20, "a token of Sentry"),
    ("sq0atp-", 20, "a token of Square"),
    ("sq0csp-", 20, "a secret of Square"),
    ("sqa_", 36, "a token of Sonar"),
    ("sqp_", 36, "a token of Sonar"),
    ("squ_", 36, "a token of Sonar"),
    ("tfp_", 40, "a token of Typeform"),
    ("tk-us-", 40, "a token of Scalingo"),
    ("tskey-", 16, "a key of Tailscale"),
    ("tvly-", 20, "a key of Tavily"),
    ("v1.0-", 100, "a key of Cloudflare"),
    ("whsec_", 16, "a secret of a webhook"),
    ("xai-", 40, "a key of xAI"),
    ("xapp-", 10, "a token of Slack"),
    ("xkeysib-", 20, "a key of Brevo"),
    ("xoxa-", 10, "a token of Slack"),
    ("xoxb-", 10, "a token of Slack"),
    ("xoxc-", 10, "a token of Slack"),
    ("xoxd-", 10, "a token of Slack"),
    ("xoxe-", 10, "a token of Slack"),
    ("xoxe.", 10, "a token of Slack"),
    ("xoxo-", 10, "a token of Slack"),
    ("xoxp-", 10, "a token of Slack"),
    ("xoxr-", 10, "a token of Slack"),
    ("xoxs-", 10, "a token of Slack"),
    ("xsmtpsib-", 20, "a key of Brevo"),
    ("xwfp-", 10, "a token of Slack"),
    ("ya29.", 16, "a token of Google"),
];
/// The minimum length of a token in bytes.
const SHORTEST: usize = 14;
/// The number of bytes that suffice to recognize a token.
const LOOKED_AT: usize = 256;
/// The maximum length of a token in bytes.
const LONGEST: usize = 16 * 1024;

/// A token at the beginning of a text.
pub(super) struct FoundToken {
    /// The length of the token in bytes.
    pub(super) length: usize,
    pub(super) what: &'static str,
}

/// Returns the ranges of the tokens in a text.
#[cfg(feature = "run")]
pub(crate) fn tokens(text: &[u8]) -> impl Iterator<Item = std::ops::Range<usize>> {
    found(text).map(|(start, token)| start..start + token.length)
}

/// Returns the tokens in a text with their start positions.
pub(super) fn found(text: &[u8]) -> impl Iterator<Item = (usize, FoundToken)> {
    let mut at = 0;
    std::iter::from_fn(move || {
        while at < text.len() {
            let start = at;
            at = next_word(text, start);
            if let Some(token) = token(&text[start..]) {
                at = at.max(start + token.length);
                return Some((start, token));
            }
        }
        None
    })
}

/// Returns the start of the word after the one at `at`.
fn next_word(text: &[u8], at: usize) -> usize {
    let inner = text[at..].iter().take_while(|byte| is_inner(**byte)).count();
    let between = text[at + inner..].iter().take_while(|byte| !is_inner(**byte)).count();
    at + inner + between
}

fn is_inner(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_' || byte == b'-'
}

fn is_part(byte: u8) -> bool {
    is_inner(byte) || byte == b'.'
}

fn length(text: &[u8], is_part: impl Fn(u8) -> bool) -> usize {
    text.iter().position(|byte| !is_part(*byte)).unwrap_or(text.len())
}

/// Returns the token that a text begins with.
fn token(text: &[u8]) -> Option<FoundToken> {
    // Most words are shorter.
    if text.len() < SHORTEST || text.iter().take(SHORTEST).any(|byte| *byte <= b' ') {
        return None;
    }
    let known =
        prefixed(text, LOOKED_AT).or_else(|| super::formats::token(&text[..text.len().min(LOOKED_AT)]));
    // A short look at each word bounds the work. A longer token is read again, so that all of it is redacted.
    let is_long = known.as_ref().is_some_and(|token| token.length >= LOOKED_AT);
    if is_long {
        prefixed(text, LONGEST).or_else(|| super::formats::token(&text[..text.len().min(LONGEST)]))
    } else {
        known
    }
}

fn prefixed(text: &[u8], longest: usize) -> Option<FoundToken> {
    let text = &text[..text.len().min(longest)];
    let first = PREFIXES.partition_point(|(prefix, ..)| prefix.as_bytes()[0] < text[0]);
    let alike = PREFIXES[first..].iter().take_while(|(prefix, ..)| prefix.as_bytes()[0] == text[0]);
    let mut known = alike.filter(|(prefix, ..)| prefix.as_bytes()[1] == text[1]);
    known.find_map(|(prefix, least, what)| {
        let rest = text.strip_prefix(prefix.as_bytes())?;
        let part = &rest[..length(rest, |byte| is_part(byte) || b"+/=!@".contains(&byte))];
        let plain = length(part, is_part);
        let length = if plain >= *least { plain } else { part.len() };
        let part = &part[..length];
        // Words joined by dashes have few digits and capitals. Only prefixes that are no words have a small minimum.
        let odd = part.iter().filter(|byte| byte.is_ascii_digit() || byte.is_ascii_uppercase()).count();
        (length >= *least && (odd >= 2 || *least < 20))
            .then(|| FoundToken { length: prefix.len() + length, what })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn prefixes_are_sorted() {
        assert!(PREFIXES.is_sorted_by(|(one, ..), (other, ..)| one < other));
    }
}
