"""The usual handler, in Python: reads the whole image and returns it as base64."""

import base64
import os

import boto3

s3 = boto3.client("s3")


def handler(event, context):
    image = s3.get_object(Bucket=os.environ["IMAGES_BUCKET"], Key=event["pathParameters"]["proxy"])
    return {
        "statusCode": 200,
        "headers": {"Content-Type": image["ContentType"]},
        "body": base64.b64encode(image["Body"].read()).decode(),
        "isBase64Encoded": True,
    }
