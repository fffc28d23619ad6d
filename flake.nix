# nix run github:pullable/pullable -- check. It has not been built with Nix yet.
{
  description = "Checks that the images of a GitOps change can be pulled before it merges";

  inputs.nixpkgs.url = "github:NixOS/nixpkgs/nixos-unstable";

  outputs =
    { self, nixpkgs }:
    let
      systems = [
        "x86_64-linux"
        "aarch64-linux"
        "x86_64-darwin"
        "aarch64-darwin"
      ];
      each = nixpkgs.lib.genAttrs systems;
      manifest = (nixpkgs.lib.importTOML ./Cargo.toml).workspace.package;
    in
    {
      packages = each (
        system:
        let
          pkgs = nixpkgs.legacyPackages.${system};
        in
        {
          default = pkgs.rustPlatform.buildRustPackage {
            pname = "pullable";
            inherit (manifest) version;
            src = self;
            env.PULLABLE_COMMIT = self.rev or "";
            cargoLock.lockFile = ./Cargo.lock;
            cargoBuildFlags = [
              "--package"
              "pullable"
            ];
            # The tests need git, registries and a network of their own.
            doCheck = false;
            nativeBuildInputs = [ pkgs.installShellFiles ];
            postInstall = ''
              installShellCompletion --cmd pullable \
                --bash <($out/bin/pullable completions bash) \
                --fish <($out/bin/pullable completions fish) \
                --zsh <($out/bin/pullable completions zsh)
              $out/bin/pullable man >pullable.1
              installManPage pullable.1
            '';
            meta = {
              homepage = manifest.repository;
              license = with pkgs.lib.licenses; [
                mit
                asl20
              ];
              mainProgram = "pullable";
            };
          };
        }
      );
    };
}
