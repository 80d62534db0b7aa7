// Asks STS who it is and prints the ARN, or `CODE: MESSAGE` on stderr.
// The argument says where credentials come from: `implicit` is the SDK's own
// chain of providers, `explicit` a call of AssumeRoleWithWebIdentity.
package main

import (
	"context"
	"errors"
	"fmt"
	"os"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/sts"
	"github.com/aws/smithy-go"
)

func explicit(ctx context.Context, cfg aws.Config) (aws.CredentialsProvider, error) {
	token, err := os.ReadFile(os.Getenv("AWS_WEB_IDENTITY_TOKEN_FILE"))
	if err != nil {
		return nil, err
	}
	granted, err := sts.NewFromConfig(cfg).AssumeRoleWithWebIdentity(ctx, &sts.AssumeRoleWithWebIdentityInput{
		RoleArn:          aws.String(os.Getenv("AWS_ROLE_ARN")),
		RoleSessionName:  aws.String(os.Getenv("AWS_ROLE_SESSION_NAME")),
		WebIdentityToken: aws.String(string(token)),
	})
	if err != nil {
		return nil, err
	}
	c := granted.Credentials
	return credentials.NewStaticCredentialsProvider(*c.AccessKeyId, *c.SecretAccessKey, *c.SessionToken), nil
}

func whoAmI(source string) (string, error) {
	ctx := context.Background()
	cfg, err := config.LoadDefaultConfig(ctx)
	if err != nil {
		return "", err
	}
	if source == "explicit" {
		if cfg.Credentials, err = explicit(ctx, cfg); err != nil {
			return "", err
		}
	}
	me, err := sts.NewFromConfig(cfg).GetCallerIdentity(ctx, &sts.GetCallerIdentityInput{})
	if err != nil {
		return "", err
	}
	return *me.Arn, nil
}

func main() {
	arn, err := whoAmI(os.Args[1])
	var refused smithy.APIError
	switch {
	case errors.As(err, &refused):
		fmt.Fprintf(os.Stderr, "%s: %s\n", refused.ErrorCode(), refused.ErrorMessage())
		os.Exit(1)
	case err != nil:
		fmt.Fprintf(os.Stderr, "Failed: %v\n", err)
		os.Exit(1)
	}
	fmt.Println(arn)
}
