include!("generated.rs");

fn main() {
    assert_eq!(PROGRAM.services.len(), 4);
    // A name of a service leads to the labels of its file, unless a file has that name.
    let labels: labels::git_api::Stars = labels::north::Forks::new("web", 7);
    assert_eq!((&*labels.repo, &*labels.id), ("web", "7"));
    let forum: labels::forum::RepoIdLabels = labels;
    assert_eq!(forum, labels::git_api::Posts { repo: "web".into(), id: "7".into() });
    let pushes = labels::git_api::Pushes::new("a", "b", "c", "d");
    let values = (&*pushes.r#type, &*pushes.None, &*pushes.None_, &*pushes.new);
    assert_eq!(values, ("a", "b", "c", "d"));
}
