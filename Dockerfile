# The images of a release, from the static binaries that the release workflow has put into dist/<platform>/.
#
#   docker buildx build --platform linux/amd64,linux/arm64 --target plain -t pullable:X .
#   docker buildx build --platform linux/amd64,linux/arm64 --target ci -t pullable:X-ci .
#   docker buildx build --platform linux/amd64,linux/arm64 --target sentry -t pullable:X-sentry .

# The Helm that renders charts. Its checksum is verified before it is unpacked, and nothing of it is run here.
FROM --platform=$BUILDPLATFORM docker.io/library/alpine:3.22 AS helm
ARG TARGETARCH
COPY .github/action/helm.txt /helm.txt
RUN set -eu; \
    platform=linux-$TARGETARCH; \
    line=$(grep " $platform " /helm.txt | tail -n 1); \
    wget -q -O /helm.tar.gz "https://get.helm.sh/helm-v${line%% *}-$platform.tar.gz"; \
    echo "${line##* }  /helm.tar.gz" | sha256sum -c -; \
    tar -xzf /helm.tar.gz "$platform/helm"; \
    mv "$platform/helm" /usr/local/bin/helm

# With git and a shell, for CI systems that run scripts in it.
FROM docker.io/library/alpine:3.22 AS ci
ARG TARGETARCH
RUN apk add --no-cache ca-certificates git \
    # The checkout belongs to the user of the runner.
    && git config --system --add safe.directory '*'
COPY --from=helm /usr/local/bin/helm /usr/local/bin/helm
COPY dist/linux/${TARGETARCH}/pullable /usr/local/bin/pullable
CMD ["pullable", "--help"]

# The sentry as a server, with git to fetch and push. It needs a clone, its secrets, and a folder /tmp that it can write to.
FROM ci AS sentry
USER 65532:65532
ENV HOME=/tmp
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
