// Asks STS who it is and prints the ARN, or `CODE: MESSAGE` on stderr.
// The argument says where credentials come from: `implicit` is the SDK's own
// chain of providers, `explicit` a call of AssumeRoleWithWebIdentity.
package main

import (
	"errors"
	"fmt"
	"os"

	"github.com/aws/aws-sdk-go/aws"
	"github.com/aws/aws-sdk-go/aws/awserr"
	"github.com/aws/aws-sdk-go/aws/credentials"
	"github.com/aws/aws-sdk-go/aws/session"
	"github.com/aws/aws-sdk-go/service/sts"
)

func explicit(own *session.Session) (*credentials.Credentials, error) {
	token, err := os.ReadFile(os.Getenv("AWS_WEB_IDENTITY_TOKEN_FILE"))
	if err != nil {
		return nil, err
	}
	granted, err := sts.New(own).AssumeRoleWithWebIdentity(&sts.AssumeRoleWithWebIdentityInput{
		RoleArn:          aws.String(os.Getenv("AWS_ROLE_ARN")),
		RoleSessionName:  aws.String(os.Getenv("AWS_ROLE_SESSION_NAME")),
		WebIdentityToken: aws.String(string(token)),
	})
	if err != nil {
		return nil, err
	}
	c := granted.Credentials
	return credentials.NewStaticCredentials(*c.AccessKeyId, *c.SecretAccessKey, *c.SessionToken), nil
}

func whoAmI(source string) (string, error) {
	// This SDK reads no AWS_ENDPOINT_URL_STS: the endpoint is handed to it.
	config := aws.NewConfig().WithEndpoint(os.Getenv("AWS_ENDPOINT_URL_STS"))
	own, err := session.NewSession(config)
	if err != nil {
		return "", err
	}
	caller := aws.NewConfig()
	if source == "explicit" {
		if caller.Credentials, err = explicit(own); err != nil {
			return "", err
		}
	}
	me, err := sts.New(own, caller).GetCallerIdentity(&sts.GetCallerIdentityInput{})
	if err != nil {
		return "", err
	}
	return *me.Arn, nil
}

// The innermost error: the providers wrap STS's own.
func innermost(err error) awserr.Error {
	var found awserr.Error
	for errors.As(err, &found) && found.OrigErr() != nil {
		err = found.OrigErr()
		var inner awserr.Error
		if !errors.As(err, &inner) {
			break
		}
	}
	return found
}

func main() {
	arn, err := whoAmI(os.Args[1])
	if err != nil {
		if refused := innermost(err); refused != nil {
			fmt.Fprintf(os.Stderr, "%s: %s\n", refused.Code(), refused.Message())
		} else {
			fmt.Fprintf(os.Stderr, "Failed: %v\n", err)
		}
		os.Exit(1)
	}
	fmt.Println(arn)
}
