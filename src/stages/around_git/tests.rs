use std::sync::Arc;

use source::{RepoPath, Site, SourceFile};

use super::of_file;

/// The marked text of each line that reaches a cluster, and its words.
fn found(text: &str) -> Vec<(String, String)> {
    let file = Arc::new(SourceFile::of_text(RepoPath::new(".github/workflows/deploy.yml"), text));
    let described = |problem: model::FileProblem| {
        let (_, what) = problem.message.split_once(": ").unwrap();
        (problem.site.as_ref().map(Site::text).unwrap_or_default().to_owned(), what.to_owned())
    };
    of_file(&file).into_iter().map(described).collect()
}

#[test]
fn lines_that_reach_a_cluster() {
    for (line, marked, what) in [
        ("      - run: kubectl apply -f deploy/", "kubectl apply", "kubectl apply"),
        ("  - kubectl -n prod --context=x apply -f x", "kubectl -n prod --context=x apply", "kubectl apply"),
        ("    kustomize build . | kubectl apply -f -", "kubectl apply", "kubectl apply"),
        ("    cd x && sudo kubectl set image deploy/web web=$TAG", "kubectl set", "kubectl set"),
        (
            "    if kubectl rollout restart deploy/web; then",
            "kubectl rollout restart",
            "kubectl rollout restart",
        ),
        ("    sh 'kubectl apply -f x'", "kubectl apply", "kubectl apply"),
        ("    sh \"\"\"helm upgrade --install web .\"\"\"", "helm upgrade", "helm upgrade"),
        ("command: [\"helm\", \"upgrade\", \"web\"]", "helm\", \"upgrade", "helm upgrade"),
        ("    FOO=bar helm upgrade web . # deploy", "helm upgrade", "helm upgrade"),
        (
            "    /usr/local/bin/helm rollback web",
            "/usr/local/bin/helm rollback",
            "/usr/local/bin/helm rollback",
        ),
        ("  OUT=$(kubectl apply -f x)", "kubectl apply", "kubectl apply"),
        ("    kubectl apply -f x --dry-run=none", "kubectl apply", "kubectl apply"),
        (
            "  - aws --region eu-west-1 eks update-kubeconfig --name x",
            "aws --region eu-west-1 eks update-kubeconfig",
            "aws eks update-kubeconfig",
        ),
        (
            "    gcloud container clusters get-credentials prod",
            "gcloud container clusters get-credentials",
            "gcloud container clusters get-credentials",
        ),
        ("      uses: Azure/k8s-deploy@v5", "Azure/k8s-deploy@v5", "Azure/k8s-deploy@v5"),
        ("  - task: HelmDeploy@0", "HelmDeploy@0", "HelmDeploy@0"),
        ("      KUBECONFIG: ${{ secrets.PROD }}", "KUBECONFIG:", "KUBECONFIG"),
        ("      config: ${{ secrets.KUBECONFIG }}", "secrets.KUBECONFIG", "KUBECONFIG"),
        ("    echo \"$KUBE_CONFIG\" | base64 -d > config", "$KUBE_CONFIG", "KUBE_CONFIG"),
    ] {
        let expected = [(marked.to_owned(), what.to_owned())];
        assert_eq!(found(&format!("jobs:\n{line}\n")), expected, "{line}");
    }
}

#[test]
fn lines_that_do_not() {
    for line in [
        "      # kubectl apply -f deploy/",
        "    echo done # then kubectl apply -f x",
        "  // helm upgrade web .",
        "      - name: kubectl apply",
        "      - name: Install (kubectl apply) and wait",
        "    description: helm upgrade web",
        "    echo kubectl apply -f x",
        "    kubectl apply --dry-run=server -f x",
        "    kubectl diff -f x",
        "    kubectl get pods",
        "    kubectl version --client",
        "    helm template web . | kubeconform",
        "    helm plugin install https://example.org/x",
        "    apt-get install helm",
        "      uses: azure/setup-helm@v4",
    ] {
        assert_eq!(found(&format!("jobs:\n{line}\n")), [], "{line}");
    }
}

#[test]
fn a_cluster_for_tests_is_none() {
    let test = "steps:\n- uses: helm/kind-action@v1\n- run: kubectl apply -f x\n- run: helm upgrade web .\n";
    assert_eq!(found(test), []);
    let both = format!("{test}- run: az aks get-credentials --name prod\n");
    assert_eq!(found(&both).len(), 1, "credentials of a cloud are those of no such cluster");
}
