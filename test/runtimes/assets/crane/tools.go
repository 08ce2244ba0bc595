//go:build tools

// Package tools pins what scripts/runtime-assets.mjs builds.
package tools

import _ "github.com/google/go-containerregistry/cmd/crane"
