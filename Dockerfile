# The images of a release, from the static binaries that the release workflow has put into dist/<platform>/. The workflow
# builds each platform on a machine of that platform:
#
#   docker buildx build --platform linux/amd64 --target plain -t pullable:X .
#   docker buildx build --platform linux/amd64 --target ci -t pullable:X-ci .
#   docker buildx build --platform linux/amd64 --target sentry -t pullable:X-sentry .
#
# The digest of alpine was taken from public repositories that agree on it, not from the registry: compare it before a release.

# The Helm that renders charts. Its checksum is verified before it is unpacked, and nothing of it is run here.
FROM --platform=$BUILDPLATFORM docker.io/library/alpine:3.22@sha256:14358309a308569c32bdc37e2e0e9694be33a9d99e68afb0f5ff33cc1f695dce AS helm
ARG TARGETARCH
COPY .github/action/helm.txt /helm.txt
RUN set -eu; \
    platform=linux-$TARGETARCH; \
    line=$(grep " $platform " /helm.txt | tail -n 1); \
    wget -q -O /helm.tar.gz "https://get.helm.sh/helm-v${line%% *}-$platform.tar.gz"; \
    echo "${line##* }  /helm.tar.gz" | sha256sum -c -; \
    tar -xzf /helm.tar.gz "$platform/helm"; \
    mv "$platform/helm" /usr/local/bin/helm

# With git and a shell, for CI systems that run scripts in it. Not root: GitLab's runner leaves the checkout writable for all.
FROM docker.io/library/alpine:3.22@sha256:14358309a308569c32bdc37e2e0e9694be33a9d99e68afb0f5ff33cc1f695dce AS ci
ARG TARGETARCH
# The checkout belongs to the user of the runner: the folders of GitLab, GitHub, Drone, Woodpecker, Tekton and of a mount.
RUN apk add --no-cache ca-certificates git \
    && for folder in '/builds/*' '/__w/*' '/drone/*' '/woodpecker/*' /workspace '/workspace/*' /work; do \
        git config --system --add safe.directory "$folder"; done
COPY --from=helm /usr/local/bin/helm /usr/local/bin/helm
COPY dist/linux/${TARGETARCH}/pullable /usr/local/bin/pullable
USER 65532:65532
ENV HOME=/tmp
CMD ["pullable", "--help"]

# The sentry as a server, with git to fetch and push. It needs a clone, its secrets, and a folder /tmp that it can write to.
FROM ci AS sentry
EXPOSE 8085
STOPSIGNAL SIGTERM
ENTRYPOINT ["pullable", "sentry", "serve"]

# Nothing but the program. The certificates are the ones of the image above.
FROM scratch AS plain
ARG TARGETARCH
COPY --from=ci /etc/ssl/certs/ca-certificates.crt /etc/ssl/certs/ca-certificates.crt
COPY dist/linux/${TARGETARCH}/pullable /pullable
USER 65532:65532
WORKDIR /work
ENTRYPOINT ["/pullable"]
