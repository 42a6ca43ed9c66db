module github.com/sluice-flags/sluice-go/openfeature

go 1.26.0

require (
	github.com/open-feature/go-sdk v1.20.0
	github.com/sluice-flags/sluice-go v0.1.0
)

require go.uber.org/mock v0.6.0 // indirect

replace github.com/sluice-flags/sluice-go => ../
