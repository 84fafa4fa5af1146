// Package sweep is a scan from list to report.
package sweep
