//go:build tools

// Package tools pins what scripts/runtime-assets.mjs builds.
package tools

import _ "github.com/containerd/containerd/cmd/containerd"
