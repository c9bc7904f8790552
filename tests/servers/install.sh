#!/usr/bin/env bash
# llama.cpp's server, built from the source that llama-cpp-python's package on PyPI carries, into .lynkr/servers.
# Needs a C++ compiler; cmake and ninja come from PyPI. Does nothing when this version is there already.
# No wheel on PyPI has a llama.cpp server for Linux, hence a build of its own; nothing but PyPI is asked.
set -eu
cd "$(dirname "$0")/../.."
version=0.3.36
home=$PWD/.lynkr/servers
[ -f "$home/$version" ] && exit 0

say() { printf 'servers: %s\n' "$*" >&2; }
command -v c++ >/dev/null 2>&1 || { say "a C++ compiler is needed (Debian: apt-get install g++)"; exit 1; }

say "building llama.cpp's server (once, some minutes)"
rm -rf "$home"
mkdir -p "$home"
log=$home/install.log
trap 'say "that failed; all that was said: $log"; tail -n 3 "$log" >&2' ERR
.venv/bin/python -m venv "$home/venv"
bin=$home/venv/bin
"$bin/pip" install --disable-pip-version-check --no-input --quiet "cmake>=3.25,<5" "ninja>=1.11,<2" "gguf>=0.17,<0.20" >"$log" 2>&1
"$bin/pip" download --disable-pip-version-check --no-input --quiet --no-deps --no-binary llama-cpp-python \
    --dest "$home" "llama-cpp-python==$version" >>"$log" 2>&1
mkdir "$home/source"
tar -xzf "$home"/llama_cpp_python-*.tar.gz -C "$home/source" --strip-components 1

# A model of a megabyte does not repay optimising: what counts is the time to build.
PATH=$bin:$PATH nice cmake -S "$home/source/vendor/llama.cpp" -B "$home/build" -G Ninja -DCMAKE_BUILD_TYPE=None \
    -DCMAKE_C_FLAGS=-O1 "-DCMAKE_CXX_FLAGS=-O1 -w" -DBUILD_SHARED_LIBS=OFF -DGGML_NATIVE=OFF -DGGML_OPENMP=OFF \
    -DGGML_LLAMAFILE=OFF -DGGML_CCACHE=OFF -DLLAMA_OPENSSL=OFF -DLLAMA_BUILD_UI=OFF -DLLAMA_USE_PREBUILT_UI=OFF \
    -DLLAMA_BUILD_TESTS=OFF -DLLAMA_BUILD_EXAMPLES=OFF -DLLAMA_BUILD_APP=OFF >>"$log" 2>&1
PATH=$bin:$PATH nice cmake --build "$home/build" --target llama-server >>"$log" 2>&1

cp "$home/build/bin/llama-server" "$home/llama-server"
rm -rf "$home/source" "$home/build" "$home"/llama_cpp_python-*.tar.gz
touch "$home/$version"
